package ztree_test

import (
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// quotaFixture has a quota on /q, where there are two nodes and three bytes already.
func quotaFixture(t *testing.T, enforce bool, limits string) *fixture {
	f := &fixture{T: t, tree: ztree.New(ztree.Options{System: true, EnforceQuota: enforce}), x: ztree.Txn{Now: 1000, Session: 7}}
	f.tree.OpenSession(&f.x, 7, 4000)
	f.create("/q", "/q/a", "/zookeeper/quota/q")
	_, err := f.tree.Set(&f.x, "/q/a", []byte("abc"), -1)
	f.must(err)
	f.write(coord.CreateOp("/zookeeper/quota/q/zookeeper_limits", []byte(limits), coord.Persistent))
	f.write(coord.CreateOp("/zookeeper/quota/q/zookeeper_stats", nil, coord.Persistent))
	return f
}

func (f *fixture) write(op coord.Op) {
	f.Helper()
	_, _, err := f.tree.Multi(&f.x, []coord.Op{op})
	f.must(err)
}

func (f *fixture) wantFigures(want string) {
	f.Helper()
	data, _, err := f.tree.Get("/zookeeper/quota/q/zookeeper_stats", nil)
	if err != nil || string(data) != want {
		f.Errorf("figures %q, %v, want %q", data, err, want)
	}
}

func TestQuotaCountsTheSubtreeFromItsStart(t *testing.T) {
	f := quotaFixture(t, false, "count=1,bytes=1")
	f.wantFigures("count=2,bytes=3")
	f.create("/q/b", "~/q/a/e", "/other")
	f.wantFigures("count=4,bytes=3")
	f.write(coord.SetOp("/q", []byte("xy"), -1))
	f.wantFigures("count=4,bytes=5")
	f.must(f.tree.CloseSession(&f.x, 7))
	f.wantFigures("count=3,bytes=5")
	f.x.Session = 0
	f.must(f.tree.Delete(&f.x, "/q/a", -1))
	f.wantFigures("count=2,bytes=2")
}

func TestFiguresChangeSilently(t *testing.T) {
	f := quotaFixture(t, false, "count=1,bytes=1")
	before := f.stat("/zookeeper/quota/q/zookeeper_stats")
	f.create("/q/b")
	if len(f.x.Changes) != 1 {
		t.Errorf("changes %v", f.x.Changes)
	}
	if after := f.stat("/zookeeper/quota/q/zookeeper_stats"); after != before {
		t.Errorf("stat %+v, was %+v", after, before)
	}
}

func TestRefusedTransactionLeavesTheFigures(t *testing.T) {
	f := quotaFixture(t, false, "count=1,bytes=1")
	_, _, err := f.tree.Multi(&f.x, []coord.Op{coord.CreateOp("/q/b", []byte("b"), coord.Persistent), coord.DeleteOp("/none", -1)})
	if err == nil {
		t.Fatal("not refused")
	}
	f.wantFigures("count=2,bytes=3")
	f.must(f.tree.CheckLinks())
}

func TestHardLimitRefusesOnlyWhereItIsEnforced(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		f := quotaFixture(t, enforce, "count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=3")
		var want error
		if enforce {
			want = ztree.ErrQuotaExceeded
		}
		f.refused("five bytes and one", want, func() error { _, err := f.tree.Set(&f.x, "/q", []byte("xyz"), -1); return err })
		f.must(f.tree.Delete(&f.x, "/q/a", -1))
		f.create("/q/b", "/q/c")
		f.refused("a fourth node", want, func() error {
			_, _, err := f.tree.Create(&f.x, "/q/d", nil, coord.PersistentSequential, nil)
			return err
		})
	}
}

func TestQuotaEndsWithItsLimits(t *testing.T) {
	f := quotaFixture(t, true, "count=-1,bytes=-1=;countHardLimit=2")
	f.must(f.tree.Delete(&f.x, "/zookeeper/quota/q/zookeeper_limits", -1))
	f.create("/q/b")
	f.wantFigures("count=2,bytes=3")
}

func TestUnreadableFiguresCountAsNone(t *testing.T) {
	f := quotaFixture(t, true, "nonsense;count=x,,=")
	f.write(coord.SetOp("/zookeeper/quota/q/zookeeper_stats", []byte("bytes=9=;own=1"), -1))
	f.create("/q/b")
	f.wantFigures("count=0,bytes=9=;own=1")
}

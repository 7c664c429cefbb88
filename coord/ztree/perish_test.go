package ztree_test

import (
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func (f *fixture) perishable(path string, mode coord.CreateMode, ttl int64) {
	f.Helper()
	_, _, err := f.tree.CreateTTL(&f.x, path, nil, mode, nil, ttl)
	f.must(err)
}

func (f *fixture) wantOutlived(now int64, want ...string) {
	f.Helper()
	if got := f.tree.Outlived(nil, now); !slices.Equal(got, want) {
		f.Errorf("at %d: %q, want %q", now, got, want)
	}
}

func TestContainerIsOutlivedOnceUsedAndEmpty(t *testing.T) {
	f := newFixture(t)
	f.perishable("/c", ztree.Container, 0)
	f.wantOutlived(1 << 50)
	f.create("/c/x")
	f.wantOutlived(1 << 50)
	f.must(f.tree.Delete(&f.x, "/c/x", -1))
	f.wantOutlived(0, "/c")
	if f.stat("/c").EphemeralOwner != 0 || f.tree.Perishable() != 1 {
		t.Error("a container has no owner, and counts")
	}
}

func TestNodeIsOutlivedAfterItsTimeWithoutChangeOrChildren(t *testing.T) {
	f := newFixture(t)
	f.perishable("/t", ztree.TTL, 100) // made at 1000
	f.wantOutlived(1100)
	f.wantOutlived(1101, "/t")
	f.x.Now = 1050
	_, err := f.tree.Set(&f.x, "/t", nil, -1)
	f.must(err)
	f.wantOutlived(1150)
	f.create("/t/x")
	f.wantOutlived(2000)
	f.must(f.tree.Delete(&f.x, "/t/x", -1))
	f.wantOutlived(1151, "/t")
}

func TestReapRefusesWhatIsInUseOrOfAnotherKind(t *testing.T) {
	f := newFixture(t)
	f.perishable("/c", ztree.Container, 0)
	f.create("/c/x", "/plain", "~/mine")
	for path, want := range map[string]error{
		"/c": coord.ErrNotEmpty, "/plain": coord.ErrBadVersion, "/mine": coord.ErrBadVersion, "/none": coord.ErrNoNode, "/": coord.ErrInvalid,
	} {
		f.refused("reap "+path, want, func() error { return f.tree.Reap(&f.x, path) })
	}
	f.must(f.tree.Delete(&f.x, "/c/x", -1))
	before := f.stat("/")
	f.refused("reap /c", nil, func() error { return f.tree.Reap(&f.x, "/c") })
	after := f.stat("/")
	if after.Cversion != before.Cversion+1 || after.Pzxid != f.tree.Zxid() || f.tree.Perishable() != 0 {
		t.Errorf("the parent was %+v and is %+v", before, after)
	}
}

func TestTimeToLiveHasBounds(t *testing.T) {
	f := newFixture(t)
	for ttl, want := range map[int64]error{
		0: coord.ErrInvalid, -1: coord.ErrInvalid, ztree.MaxTTL + 1: coord.ErrInvalid, 1: nil, ztree.MaxTTL: nil,
	} {
		f.refused("create", want, func() error {
			_, _, err := f.tree.CreateTTL(&f.x, "/t-", nil, ztree.TTLSequential, nil, ttl)
			return err
		})
	}
}

func TestOnlyEphemeralNodesHaveNoChildren(t *testing.T) {
	f := newFixture(t)
	f.perishable("/c", ztree.Container, 0)
	f.perishable("/t", ztree.TTL, ztree.MaxTTL)
	f.create("/c/x", "/t/x", "~/mine")
	f.refused("child of an ephemeral", coord.ErrNoChildrenForEphemerals, func() error {
		_, _, err := f.tree.CreateTTL(&f.x, "/mine/x", nil, ztree.Container, nil, 0)
		return err
	})
}

func TestDescendantsAreAllBelow(t *testing.T) {
	f := newFixture(t)
	f.create("/a", "/a/b", "/a/b/c", "/a/d", "/ab")
	for path, want := range map[string]int32{"/a": 3, "/a/b": 1, "/a/d": 0, "/ab": 0, "/zookeeper": 2, "/": 8, "": 9} {
		if got, err := f.tree.Descendants(path, nil); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", path, got, err, want)
		}
	}
	if _, err := f.tree.Descendants("/none", nil); err != coord.ErrNoNode {
		t.Errorf("got %v", err)
	}
}

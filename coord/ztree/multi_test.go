package ztree_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func TestMultiSeesItsOwnEffects(t *testing.T) {
	f := newFixture(t)
	f.create("/old")
	before := f.tree.Zxid()
	results, _, err := f.tree.Multi(&f.x, []coord.Op{
		coord.CreateOp("/p", nil, coord.Persistent),
		coord.CreateOp("/p/n-", nil, coord.PersistentSequential),
		coord.CreateOp("/p/n-", nil, coord.EphemeralSequential),
		coord.SetOp("/p", []byte("1"), 0),
		coord.SetOp("/p", []byte("22"), 1),
		coord.CheckOp("/p", 2),
		coord.DeleteOp("/old", 0),
		coord.CreateOp("/old", nil, coord.Persistent),
	})
	f.must(err)
	if results[1].Path != "/p/n-0000000000" || results[2].Path != "/p/n-0000000001" || results[4].Stat.Version != 2 {
		t.Errorf("got %+v", results)
	}
	if f.tree.Zxid() != before+1 || f.stat("/old").Czxid != before+1 || f.stat("/p").Mzxid != before+1 {
		t.Error("a transaction has one zxid for all that it does")
	}
	want := []ztree.Change{
		{Type: coord.NodeCreated, Path: "/p"},
		{Type: coord.NodeCreated, Path: "/p/n-0000000000"}, {Type: coord.NodeCreated, Path: "/p/n-0000000001"},
		{Type: coord.DataChanged, Path: "/p"}, {Type: coord.DataChanged, Path: "/p"},
		{Type: coord.NodeDeleted, Path: "/old"}, {Type: coord.NodeCreated, Path: "/old"},
	}
	if !slices.Equal(f.x.Changes, want) {
		t.Errorf("changes %v", f.x.Changes)
	}
}

func TestMultiOfNothingSucceeds(t *testing.T) {
	f := newFixture(t)
	f.refused("an empty transaction", nil, func() error {
		results, _, err := f.tree.Multi(&f.x, nil)
		if len(results) != 0 {
			t.Errorf("results %v", results)
		}
		return err
	})
}

func TestMultiRefusedLeavesNothingButTheZxid(t *testing.T) {
	f := newFixture(t)
	f.create("/a", "/a/b", "~/a/e", "/c")
	before := withoutZxid(f.tree)
	f.refused("the transaction", coord.ErrNotEmpty, func() error {
		results, refused, err := f.tree.Multi(&f.x, []coord.Op{
			coord.DeleteOp("/a/e", -1),
			coord.CreateOp("/a/f", nil, coord.Ephemeral),
			coord.DeleteOp("/c", -1),
			coord.CreateOp("/c", []byte("new"), coord.Ephemeral),
			coord.SetOp("/a/b", []byte("new"), -1),
			coord.DeleteOp("/a", -1),
			coord.CheckOp("/never/looked/at", -1),
		})
		if results != nil || refused != 5 || len(f.x.Changes) != 0 {
			t.Errorf("results %v, refused %d, changes %v", results, refused, f.x.Changes)
		}
		return err
	})
	if !slices.Equal(before, withoutZxid(f.tree)) {
		t.Error("the refused transaction has changed the tree")
	}
	f.must(f.tree.CheckLinks())
}

func TestMultiChecksNeedTheRightToRead(t *testing.T) {
	f := lawn(t)
	_, refused, err := f.tree.Multi(&f.x, []coord.Op{coord.CheckOp("/a", 0), coord.CheckOp("/locked", 0)})
	if !errors.Is(err, coord.ErrNoAuth) || refused != 1 {
		t.Errorf("got %v at %d", err, refused)
	}
}

func TestMultiRefusesForeignOperations(t *testing.T) {
	f := newFixture(t)
	if _, _, err := f.tree.Multi(&f.x, []coord.Op{{Type: 77, Path: "/a"}}); !errors.Is(err, coord.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

package ztree

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/coord"
)

func TestTheJournalTellsWhatTransactionsLeft(t *testing.T) {
	tree, x, j := New(Options{}), &Txn{}, &Journal{Keep: 10}
	tree.OpenSession(x, 7, 1000)
	j.Add(tree, x)
	x.Session = 7
	do := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
		j.Add(tree, x)
	}
	_, _, err := tree.Create(x, "/a", []byte("1"), coord.Ephemeral, nil)
	do(err)
	created, _ := tree.Exists("/a")
	if tree.Delete(x, "/none", coord.AnyVersion) == nil {
		t.Fatal("deleted what is not there")
	}
	j.Add(tree, x)
	_, _, err = tree.Multi(x, []coord.Op{
		coord.SetOp("/a", []byte("2"), 0), coord.CreateOp("/b", nil, coord.Persistent), coord.DeleteOp("/b", 0), coord.SetOp("/a", []byte("3"), 1),
	})
	do(err)
	set, _ := tree.Exists("/a")
	x.Session = 0
	do(tree.CloseSession(x, 7))

	want := []Commit{
		{2, 7, []NodeChange{{coord.NodeCreated, "/a", []byte("1"), created}}},
		{4, 7, []NodeChange{
			{coord.DataChanged, "/a", []byte("3"), set}, {Type: coord.NodeCreated, Path: "/b"}, {Type: coord.NodeDeleted, Path: "/b"},
			{coord.DataChanged, "/a", []byte("3"), set},
		}},
		{5, 0, []NodeChange{{Type: coord.NodeDeleted, Path: "/a"}}},
	}
	got, all := j.Since(0)
	if diff := cmp.Diff(want, got); diff != "" || !all {
		t.Errorf("all: %v, (-want +got):\n%s", all, diff)
	}
}

func TestTheJournalSaysWhenItHasForgotten(t *testing.T) {
	tree, x, j := New(Options{}), &Txn{}, &Journal{Keep: 2}
	for range 5 {
		if _, err := tree.Set(x, "/", nil, coord.AnyVersion); err != nil {
			t.Fatal(err)
		}
		j.Add(tree, x)
	}
	for after, want := range []struct {
		commits int
		all     bool
	}{{2, false}, {2, false}, {2, false}, {2, true}, {1, true}, {0, true}} {
		got, all := j.Since(coord.Zxid(after))
		if len(got) != want.commits || all != want.all {
			t.Errorf("after %d: %v, all: %v", after, got, all)
		}
	}
}

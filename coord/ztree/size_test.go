package ztree

import (
	"testing"

	"github.com/hamaster/hamaster/coord"
)

func (t *Tree) sizeByCounting() int64 {
	var size int64
	for i := range t.nodes {
		if t.nodes[i].path != "" {
			size += t.nodes[i].size()
		}
	}
	return size
}

func TestSizeIsTheSumOverAllNodesWhateverWasDone(t *testing.T) {
	tree, x := New(Options{System: true}), &Txn{Session: 7}
	tree.OpenSession(x, 7, 1000)
	closed := []coord.ACL{{Perms: coord.PermAll, Scheme: "ip", ID: "127.0.0.1"}}
	steps := []func() error{
		func() error { _, _, err := tree.Create(x, "/a", make([]byte, 100), coord.Persistent, nil); return err },
		func() error { _, _, err := tree.Create(x, "/a/e", []byte("xy"), coord.Ephemeral, closed); return err },
		func() error { _, err := tree.Set(x, "/a", []byte("short"), coord.AnyVersion); return err },
		func() error {
			_, err := tree.SetACL(x, "/a", []coord.ACL{{Perms: coord.PermAll, Scheme: "digest", ID: "u:h"}, {Perms: 1, Scheme: "world", ID: "anyone"}}, coord.AnyVersion)
			return err
		},
		func() error {
			_, _, err := tree.Multi(x, []coord.Op{
				coord.CreateOp("/m", make([]byte, 50), coord.Persistent), coord.DeleteOp("/none", coord.AnyVersion)})
			if err == coord.ErrNoNode {
				return nil
			}
			return err
		},
		func() error {
			_, _, err := tree.Multi(x, []coord.Op{
				coord.CreateOp("/m", make([]byte, 50), coord.Persistent), coord.SetOp("/m", nil, coord.AnyVersion)})
			return err
		},
		func() error { return tree.Delete(x, "/m", coord.AnyVersion) },
		func() error { tree = tree.Clone(); return nil },
		func() error { return tree.CloseSession(x, 7) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got, want := tree.Size(), tree.sizeByCounting(); got != want {
			t.Fatalf("after step %d: %d bytes, not %d", i, got, want)
		}
	}
}

package ztree_test

import (
	"errors"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// fixture is a server's tree with one session, 7, on whose behalf things are done.
type fixture struct {
	*testing.T
	tree *ztree.Tree
	x    ztree.Txn
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{T: t, tree: ztree.New(ztree.Options{System: true}), x: ztree.Txn{Now: 1000, Session: 7}}
	f.tree.OpenSession(&f.x, 7, 4000)
	return f
}

// create makes nodes, or ends the test. A path that starts with "~" is for an ephemeral one.
func (f *fixture) create(paths ...string) {
	f.Helper()
	for _, path := range paths {
		mode := coord.Persistent
		if path[0] == '~' {
			path, mode = path[1:], coord.Ephemeral
		}
		if _, _, err := f.tree.Create(&f.x, path, nil, mode, nil); err != nil {
			f.Fatalf("create %s: %v", path, err)
		}
	}
}

func (f *fixture) stat(path string) coord.Stat {
	f.Helper()
	stat, err := f.tree.Exists(path)
	if err != nil {
		f.Fatalf("%s: %v", path, err)
	}
	return stat
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused checks that a write ended with that error (nil for none), and what it did to the zxid: every attempt takes one.
func (f *fixture) refused(what string, want error, write func() error) {
	f.Helper()
	before := f.tree.Zxid()
	if err := write(); !errors.Is(err, want) || (err == nil) != (want == nil) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
	if f.tree.Zxid() != before+1 || f.x.Zxid != before+1 {
		f.Errorf("%s: the zxid went from %v to %v (the writer was told %v)", what, before, f.tree.Zxid(), f.x.Zxid)
	}
}

func deny(perms coord.Perms) []coord.ACL {
	return []coord.ACL{{Perms: coord.PermAll &^ perms, Scheme: "world", ID: "anyone"}}
}

package ztree_test

import (
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func TestSessionTakesItsNodesAlongUnderOneZxid(t *testing.T) {
	f := newFixture(t)
	f.create("/a", "/b", "~/a/1", "~/b/2", "~/a/3", "/a/4")
	f.tree.OpenSession(&f.x, 8, 5000)
	f.x.Session = 8
	f.create("~/a/others")
	cversion := f.stat("/a").Cversion

	f.x.Session = 0
	f.must(f.tree.CloseSession(&f.x, 7))
	want := []ztree.Change{
		{Type: coord.NodeDeleted, Path: "/a/1"}, {Type: coord.NodeDeleted, Path: "/b/2"}, {Type: coord.NodeDeleted, Path: "/a/3"},
	}
	if !slices.Equal(f.x.Changes, want) {
		t.Errorf("changes %v", f.x.Changes)
	}
	a := f.stat("/a")
	if a.Cversion != cversion+2 || a.Pzxid != f.tree.Zxid() || a.NumChildren != 2 {
		t.Errorf("the parent is %+v", a)
	}
	names, _, _ := f.tree.Children(nil, "/a", nil)
	if !slices.Equal(names, []string{"4", "others"}) {
		t.Errorf("left are %q", names)
	}
	if _, ok := f.tree.Session(7); ok {
		t.Error("the session is still there")
	}
	f.must(f.tree.CheckLinks())
}

func TestOpeningAndClosingASessionTakeAZxidEach(t *testing.T) {
	f := newFixture(t)
	before := f.tree.Zxid()
	f.tree.OpenSession(&f.x, 8, 5000)
	f.must(f.tree.CloseSession(&f.x, 8))
	if got := f.tree.Zxid(); got != before+2 {
		t.Errorf("the zxid went from %v to %v", before, got)
	}
}

func TestSessionsAreListedWithTimeoutsAndNodes(t *testing.T) {
	f := newFixture(t)
	f.tree.OpenSession(&f.x, 3, 5000)
	f.create("~/x", "/y", "~/z")
	got := map[coord.SessionID]int32{}
	for id, timeout := range f.tree.Sessions {
		got[id] = timeout
	}
	if len(got) != 2 || got[3] != 5000 || got[7] != 4000 {
		t.Errorf("sessions %v", got)
	}
	if got := slices.Collect(f.tree.Ephemerals(7)); !slices.Equal(got, []string{"/x", "/z"}) {
		t.Errorf("nodes of 7: %q", got)
	}
	if got := slices.Collect(f.tree.Ephemerals(99)); got != nil {
		t.Errorf("nodes of nobody: %q", got)
	}
}

func TestAnySessionMayDeleteAnothersNode(t *testing.T) {
	f := newFixture(t)
	f.create("~/mine")
	f.tree.OpenSession(&f.x, 8, 5000)
	f.x.Session = 8
	f.must(f.tree.Delete(&f.x, "/mine", -1))
	f.must(f.tree.CloseSession(&f.x, 7))
	if len(f.x.Changes) != 0 {
		t.Errorf("changes %v", f.x.Changes)
	}
}

// Session 0 is the service itself: it may write, but own nothing.
func TestServiceItselfOwnsNoNodes(t *testing.T) {
	f := newFixture(t)
	f.x.Session = 0
	f.create("/a")
	f.refused("an ephemeral node of nobody's", coord.ErrSessionExpired, func() error {
		_, _, err := f.tree.Create(&f.x, "/e", nil, coord.Ephemeral, nil)
		return err
	})
}

func TestSessionIDsAreUsedOnce(t *testing.T) {
	for _, id := range []coord.SessionID{0, 7} {
		f := newFixture(t)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("session %v was opened", id)
				}
			}()
			f.tree.OpenSession(&f.x, id, 1)
		}()
	}
}

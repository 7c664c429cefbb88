package ztree_test

import (
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

var changesOfN = []ztree.Change{
	{Type: coord.NodeCreated, Path: "/p/n"}, {Type: coord.DataChanged, Path: "/p/n"}, {Type: coord.NodeDeleted, Path: "/p/n"},
}

func TestPersistentWatchTellsOfTheNodeAndItsChildrenAgainAndAgain(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/p/n", ztree.PersistentWatch)
	w.Arm(2, "/p", ztree.PersistentWatch)
	want := []ztree.Notice{
		notice(1, coord.NodeCreated, "/p/n"), notice(2, coord.ChildrenChanged, "/p"),
		notice(1, coord.DataChanged, "/p/n"),
		notice(1, coord.NodeDeleted, "/p/n"), notice(2, coord.ChildrenChanged, "/p"),
	}
	for range 2 {
		if got := w.Trigger(nil, changesOfN...); !slices.Equal(got, want) {
			t.Errorf("got %+v", got)
		}
	}
}

func TestRecursiveWatchTellsOfAllNodesBelowOnceEach(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/", ztree.RecursiveWatch)
	w.Arm(1, "/p", ztree.RecursiveWatch)
	w.Arm(1, "/p/n", data)
	w.Arm(2, "/p/n", ztree.RecursiveWatch)
	w.Arm(3, "/p/nn", ztree.RecursiveWatch)
	var want []ztree.Notice
	for _, c := range changesOfN {
		want = append(want, notice(1, c.Type, "/p/n"), notice(2, c.Type, "/p/n"))
	}
	if got := w.Trigger(nil, changesOfN...); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// However many watches there are: with many, other ways lead to them.
func TestWatchOfTheEmptyPathNeverFires(t *testing.T) {
	for _, others := range []int{0, 100} {
		var w ztree.Watches
		w.Arm(1, "", ztree.RecursiveWatch)
		for i := range others {
			w.Arm(ztree.Watcher(2+i), "/other", data)
		}
		if got := w.Trigger(nil, changesOfN...); len(got) > 0 {
			t.Errorf("with %d others: %+v", others, got)
		}
	}
}

func TestWatchSaidLastCounts(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/p", ztree.RecursiveWatch)
	w.Arm(1, "/p", child)
	change := ztree.Change{Type: coord.NodeCreated, Path: "/p/n"}
	// What is left of the recursive watch is for data, of which a creation below is.
	want := []ztree.Notice{notice(1, coord.NodeCreated, "/p/n"), notice(1, coord.ChildrenChanged, "/p")}
	if got := w.Trigger(nil, change); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := w.Trigger(nil, change); !slices.Equal(got, want[:1]) {
		t.Errorf("then got %+v", got)
	}
}

func TestNoticeReachesOnlyWhoMayReadTheNode(t *testing.T) {
	f := newFixture(t)
	f.x.Auth = []ztree.Identity{alice}
	f.create("/open")
	_, _, err := f.tree.Create(&f.x, "/open/hers", nil, coord.Persistent, hers)
	f.must(err)

	var w ztree.Watches
	w.Arm(1, "/open/hers", data)
	w.Arm(1, "/open/hers", child)
	w.Arm(1, "/open", child)
	f.must(f.tree.Delete(&f.x, "/open/hers", -1))
	got := w.Trigger(nil, f.x.Changes...)
	if len(got) != 2 || w.Len() != 0 {
		t.Fatalf("got %+v, %d left", got, w.Len())
	}
	if own := &got[0]; own.MayReach(nil) || !own.MayReach([]ztree.Identity{alice}) || !own.MayReach([]ztree.Identity{{Scheme: "super"}}) {
		t.Errorf("%+v reaches the wrong ones", own.Event)
	}
	if parents := &got[1]; !parents.MayReach(nil) {
		t.Errorf("%+v does not reach everybody", parents.Event)
	}
}

package ztree_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

const (
	data  = ztree.DataWatch
	child = ztree.ChildWatch
)

func notice(to ztree.Watcher, what coord.EventType, path string) ztree.Notice {
	return ztree.Notice{To: to, Event: coord.Event{Type: what, Path: path}}
}

// Each kind of change, and whom it wakes.
func TestWatchesFireByTheTable(t *testing.T) {
	for _, c := range []struct {
		change ztree.Change
		want   []ztree.Notice
	}{
		{ztree.Change{Type: coord.NodeCreated, Path: "/p/n"}, []ztree.Notice{
			notice(1, coord.NodeCreated, "/p/n"), notice(4, coord.ChildrenChanged, "/p"),
		}},
		{ztree.Change{Type: coord.DataChanged, Path: "/p/n"}, []ztree.Notice{notice(1, coord.DataChanged, "/p/n")}},
		{ztree.Change{Type: coord.NodeDeleted, Path: "/p/n"}, []ztree.Notice{
			notice(1, coord.NodeDeleted, "/p/n"), notice(2, coord.NodeDeleted, "/p/n"), notice(4, coord.ChildrenChanged, "/p"),
		}},
	} {
		var w ztree.Watches
		w.Arm(1, "/p/n", data)
		w.Arm(2, "/p/n", child)
		w.Arm(3, "/p", data)
		w.Arm(4, "/p", child)
		w.Arm(5, "/p/n/x", data|child)
		if got := w.Trigger(nil, c.change); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %+v, want %+v", c.change, got, c.want)
		}
		if got := w.Trigger(nil, c.change); got != nil {
			t.Errorf("%+v again: got %+v from watches that are gone", c.change, got)
		}
		if w.Len() != 5-len(c.want) {
			t.Errorf("%+v: %d watches are left", c.change, w.Len())
		}
	}
}

func TestDeletionIsToldOnceToAConnection(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/n", data)
	w.Arm(1, "/n", child)
	got := w.Trigger(nil, ztree.Change{Type: coord.NodeDeleted, Path: "/n"})
	if want := []ztree.Notice{notice(1, coord.NodeDeleted, "/n")}; !slices.Equal(got, want) || w.Len() != 0 {
		t.Errorf("got %+v, %d left", got, w.Len())
	}
}

func TestWatchOfTheOtherKindStays(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/n", data|child)
	w.Trigger(nil, ztree.Change{Type: coord.DataChanged, Path: "/n"})
	got := w.Trigger(nil, ztree.Change{Type: coord.NodeCreated, Path: "/n/x"})
	if want := []ztree.Notice{notice(1, coord.ChildrenChanged, "/n")}; !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestWatchArmedTwiceFiresOnce(t *testing.T) {
	var w ztree.Watches
	w.Arm(1, "/", child)
	w.Arm(1, "/", child)
	change := ztree.Change{Type: coord.NodeCreated, Path: "/n"}
	if got := w.Trigger(nil, change, change); !slices.Equal(got, []ztree.Notice{notice(1, coord.ChildrenChanged, "/")}) {
		t.Errorf("got %+v", got)
	}
}

func TestRearmTellsWhatWasMissed(t *testing.T) {
	f := newFixture(t)
	f.create("/changed", "/same", "/parent", "/parent/old")
	since := f.tree.Zxid()
	_, err := f.tree.Set(&f.x, "/changed", nil, -1)
	f.must(err)
	f.create("/parent/new", "/came")
	_, err = f.tree.Set(&f.x, "/parent", nil, -1)
	f.must(err)

	var w ztree.Watches
	got := w.Rearm(nil, f.tree, 1, since,
		[]string{"/changed", "/same", "/gone"}, []string{"/came", "/same", "/absent"}, []string{"/parent", "/same", "/gone"})
	want := []ztree.Notice{
		notice(1, coord.DataChanged, "/changed"), notice(1, coord.NodeDeleted, "/gone"),
		notice(1, coord.NodeCreated, "/came"), notice(1, coord.NodeCreated, "/same"),
		notice(1, coord.ChildrenChanged, "/parent"), notice(1, coord.NodeDeleted, "/gone"),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	// Armed are: /same for both kinds, /absent.
	got = w.Trigger(nil, ztree.Change{Type: coord.NodeDeleted, Path: "/same"}, ztree.Change{Type: coord.NodeCreated, Path: "/absent"})
	if len(got) != 2 || w.Len() != 0 {
		t.Errorf("got %+v, %d left", got, w.Len())
	}
}

// watchTwin is Watches as one flat table, of how each half of a watch is set.
type watchTwin map[halfWatch]mode

type halfWatch struct {
	to   ztree.Watcher
	path string
	half ztree.Kind
}

type mode int

const (
	once mode = iota
	forGood
	andBelow
)

func (m watchTwin) fire(what coord.EventType, path string, halves ztree.Kind) []ztree.Notice {
	var to []ztree.Watcher
	for key, how := range m {
		above := key.path != path && (key.path == "/" || strings.HasPrefix(path, key.path+"/"))
		switch {
		case key.half&halves == 0 || key.path != path && !above:
		case how == andBelow:
			if what != coord.ChildrenChanged {
				to = append(to, key.to)
			}
		case !above:
			to = append(to, key.to)
			if how == once {
				delete(m, key)
			}
		}
	}
	slices.Sort(to)
	var notices []ztree.Notice
	for _, w := range slices.Compact(to) {
		notices = append(notices, notice(w, what, path))
	}
	return notices
}

func (m watchTwin) trigger(c ztree.Change) []ztree.Notice {
	halves := data
	if c.Type == coord.NodeDeleted {
		halves |= child
	}
	notices := m.fire(c.Type, c.Path, halves)
	if c.Type != coord.DataChanged {
		parent, _ := coord.SplitPath(c.Path)
		notices = append(notices, m.fire(coord.ChildrenChanged, parent, child)...)
	}
	return notices
}

func (m watchTwin) arm(to ztree.Watcher, path string, kind ztree.Kind) {
	how := once
	switch kind {
	case ztree.PersistentWatch:
		how = forGood
	case ztree.RecursiveWatch:
		how = andBelow
	}
	for _, half := range []ztree.Kind{data, child} {
		if kind&half != 0 {
			m[halfWatch{to, path, half}] = how
		}
	}
}

// take removes what fits and reports whether anything did. Watcher 0 stands for any.
func (m watchTwin) take(to ztree.Watcher, path string, halves ztree.Kind) bool {
	found := false
	for key := range m {
		if (to == 0 || key.to == to) && (path == "" || key.path == path) && key.half&halves != 0 {
			found = true
			delete(m, key)
		}
	}
	return found
}

// With few watchers and paths the watches stay few; with many the maps come in, on the way or at once.
func TestWatchesDoWhatTheirTwinDoes(t *testing.T) {
	for _, span := range []int{3, 12} {
		t.Run(fmt.Sprint(span), func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { watchesAndTwin(t, span) }) })
	}
}

func watchesAndTwin(t *rapid.T, span int) {
	var w ztree.Watches
	twin := watchTwin{}
	watcher := func() ztree.Watcher { return ztree.Watcher(rapid.IntRange(1, span).Draw(t, "watcher")) }
	path := func() string {
		if rapid.IntRange(0, 9).Draw(t, "root") == 0 {
			return "/"
		}
		parent := fmt.Sprint("/", rapid.IntRange(1, span).Draw(t, "parent"))
		return parent + rapid.SampledFrom([]string{"", "/a", "/b"}).Draw(t, "child")
	}
	halves := func() ztree.Kind { return rapid.SampledFrom([]ztree.Kind{data, child, data | child}).Draw(t, "halves") }
	arm := func(*rapid.T) {
		kinds := []ztree.Kind{data, child, data, child, ztree.PersistentWatch, ztree.RecursiveWatch}
		to, path, kind := watcher(), path(), rapid.SampledFrom(kinds).Draw(t, "kind")
		w.Arm(to, path, kind)
		twin.arm(to, path, kind)
	}
	t.Repeat(map[string]func(*rapid.T){
		"arm": arm, "arm2": arm, "arm3": arm,
		"remove": func(t *rapid.T) {
			to, path, halves := watcher(), path(), halves()
			if got, want := w.Remove(to, path, halves), twin.take(to, path, halves); got != want {
				t.Fatalf("removed %v, want %v", got, want)
			}
		},
		"ask": func(t *rapid.T) {
			path, halves := path(), halves()
			if got, want := w.Watched(path, halves), maps.Clone(twin).take(0, path, halves); got != want {
				t.Fatalf("%s is watched: %v, want %v", path, got, want)
			}
		},
		"trigger": func(t *rapid.T) {
			c := ztree.Change{Type: coord.EventType(rapid.IntRange(1, 3).Draw(t, "type")), Path: path()}
			if c.Path == "/" {
				c.Type = coord.DataChanged
			}
			if got, want := w.Trigger(nil, c), twin.trigger(c); !slices.Equal(got, want) {
				t.Fatalf("%+v: got %+v, want %+v", c, got, want)
			}
		},
		"drop": func(*rapid.T) {
			to := watcher()
			w.Drop(to)
			twin.take(to, "", data|child)
		},
		"clone": func(t *rapid.T) {
			c := w.Clone()
			if !slices.Equal(c.AppendTo(nil), w.AppendTo(nil)) {
				t.Fatal("a clone is not equal")
			}
			before := c.AppendTo(nil)
			w.Arm(99, "/clone", data)
			if !slices.Equal(before, c.AppendTo(nil)) {
				t.Fatal("arming in the original has changed the clone")
			}
			w = c
		},
		"": func(t *rapid.T) {
			pairs := map[string]bool{}
			for key := range twin {
				pairs[fmt.Sprint(key.to, " ", key.path)] = true
			}
			if w.Len() != len(pairs) {
				t.Fatalf("%d watches, want %d", w.Len(), len(pairs))
			}
		},
	})
}

func TestEncodingOfWatchesShowsStateNotHistory(t *testing.T) {
	var a, b, big ztree.Watches
	for i := range 10 {
		path := fmt.Sprint("/", i)
		a.Arm(1, path, data)
		a.Arm(2, path, child)
	}
	for i := 9; i >= 0; i-- {
		path := fmt.Sprint("/", i)
		for _, w := range []*ztree.Watches{&b, &big} {
			w.Arm(2, path, child)
			w.Arm(1, path, data)
		}
	}
	for i := range 100 {
		big.Arm(3, fmt.Sprint("/detour", i), data)
	}
	big.Drop(3)
	if !slices.Equal(a.AppendTo(nil), b.AppendTo(nil)) || !slices.Equal(a.AppendTo(nil), big.AppendTo(nil)) {
		t.Error("equal watches encode differently")
	}
}

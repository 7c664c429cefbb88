package ztree

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// Watcher identifies a connection among those of one server. Watches belong to it, not to its session.
type Watcher int64

// Kind says which changes of a node a watch is for. Kinds can be added up.
type Kind uint8

const (
	// DataWatch is armed by reading the data, or by asking whether the node exists, also of one that does not.
	DataWatch Kind = 1 << iota
	// ChildWatch is armed by listing the children.
	ChildWatch
)

// Notice is one event for one watcher.
type Notice struct {
	To    Watcher
	Event coord.Event
}

// Watches holds the one-shot watches of all connections of one server. The zero value holds none. Copy it with [Watches.Clone].
type Watches struct {
	few  []watch // by path, then watcher; while there are few
	many *watchMaps
}

// watch is all that one connection wants to know of one path.
type watch struct {
	path  string
	to    Watcher
	kinds Kind
}

type watchMaps struct {
	byPath map[string]map[Watcher]Kind
	byTo   map[Watcher]map[string]struct{}
	n      int
}

// mapsAbove is the number of watches above which they are looked up in maps.
const mapsAbove = 32

// Len is the number of pairs of watcher and path.
func (w *Watches) Len() int {
	if w.many != nil {
		return w.many.n
	}
	return len(w.few)
}

// Count is the number of paths that a connection watches.
func (w *Watches) Count(to Watcher) int {
	if w.many != nil {
		return len(w.many.byTo[to])
	}
	n := 0
	for _, e := range w.few {
		if e.to == to {
			n++
		}
	}
	return n
}

// All calls yield with each pair of watcher and path, and what is watched, by path and then watcher, until it returns false.
func (w *Watches) All(yield func(to Watcher, path string, kinds Kind) bool) {
	for _, e := range w.sorted() {
		if !yield(e.to, e.path, e.kinds) {
			return
		}
	}
}

// Arm adds a watch. Adding one that is there changes nothing: it fires once.
func (w *Watches) Arm(to Watcher, path string, kinds Kind) {
	w.put(path, to, w.get(path, to)|kinds)
}

// Drop removes all watches of a connection that is gone.
func (w *Watches) Drop(to Watcher) {
	if w.many == nil {
		w.few = slices.DeleteFunc(w.few, func(e watch) bool { return e.to == to })
		return
	}
	for path := range w.many.byTo[to] {
		w.many.remove(path, to)
	}
}

// Trigger takes out the watches that the changes of a transaction end, and appends a notice for each to dst: change by change, the
// node's own before its parent's, and of those alike by watcher. A deletion is told once to a connection that watched both the data
// and the children.
func (w *Watches) Trigger(dst []Notice, changes ...Change) []Notice {
	for _, c := range changes {
		own := DataWatch
		if c.Type == coord.NodeDeleted {
			own |= ChildWatch
		}
		dst = w.fire(dst, own, coord.Event{Type: c.Type, Path: c.Path})
		if c.Type == coord.DataChanged {
			continue
		}
		parent := parentOf(c.Path)
		if parent == "" {
			parent = "/"
		}
		dst = w.fire(dst, ChildWatch, coord.Event{Type: coord.ChildrenChanged, Path: parent})
	}
	return dst
}

// Rearm arms the watches that a client brings along to a new connection, and appends a notice for each that must have fired since the
// client last heard of anything, at the zxid since: instead of arming it. A data watch was armed on a node that existed, an exist watch
// on one that did not.
func (w *Watches) Rearm(dst []Notice, t *Tree, to Watcher, since coord.Zxid, data, exist, child []string) []Notice {
	catchUp := func(path string, kind Kind, missed coord.EventType) {
		if missed == 0 {
			w.Arm(to, path, kind)
			return
		}
		dst = append(dst, Notice{to, coord.Event{Type: missed, Path: path}})
	}
	for _, path := range data {
		stat, err := t.Exists(path)
		catchUp(path, DataWatch, missed(err, stat.Mzxid > since, coord.DataChanged))
	}
	for _, path := range exist {
		var created coord.EventType
		if _, err := t.Exists(path); err == nil {
			created = coord.NodeCreated
		}
		catchUp(path, DataWatch, created)
	}
	for _, path := range child {
		stat, err := t.Exists(path)
		catchUp(path, ChildWatch, missed(err, stat.Pzxid > since, coord.ChildrenChanged))
	}
	return dst
}

// missed is the event that a watch on a node should have seen, or 0.
func missed(gone error, changed bool, what coord.EventType) coord.EventType {
	switch {
	case gone != nil:
		return coord.NodeDeleted
	case changed:
		return what
	}
	return 0
}

// Clone returns an independent copy.
func (w *Watches) Clone() Watches {
	c := Watches{few: slices.Clone(w.few)}
	if w.many != nil {
		c.many = newWatchMaps()
		for path, owners := range w.many.byPath {
			for to, kinds := range owners {
				c.many.put(path, to, kinds)
			}
		}
	}
	return c
}

// AppendTo appends the state to buf in a form that is equal for equal states and different for different ones.
func (w *Watches) AppendTo(buf []byte) []byte {
	all := w.sorted()
	buf = appendUint(buf, uint64(len(all)))
	for _, e := range all {
		buf = appendString(buf, e.path)
		buf = appendUint(buf, uint64(e.to))
		buf = append(buf, byte(e.kinds))
	}
	return buf
}

// sorted returns every watch, by path and then watcher. The slice must not be modified.
func (w *Watches) sorted() []watch {
	if w.many == nil {
		return w.few
	}
	all := make([]watch, 0, w.many.n)
	for path, owners := range w.many.byPath {
		for to, kinds := range owners {
			all = append(all, watch{path, to, kinds})
		}
	}
	slices.SortFunc(all, compareWatches)
	return all
}

func compareWatches(a, b watch) int {
	return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.to, b.to))
}

// fire takes those of the kinds off a path and appends the event for each watcher that had one.
func (w *Watches) fire(dst []Notice, kinds Kind, event coord.Event) []Notice {
	if w.many != nil {
		return w.many.fire(dst, kinds, event)
	}
	kept := w.few[:0]
	for _, e := range w.few {
		if e.kinds&kinds != 0 && e.path == event.Path {
			dst = append(dst, Notice{e.to, event})
			e.kinds &^= kinds
		}
		if e.kinds != 0 {
			kept = append(kept, e)
		}
	}
	clear(w.few[len(kept):])
	w.few = kept
	return dst
}

func (w *Watches) get(path string, to Watcher) Kind {
	if w.many != nil {
		return w.many.byPath[path][to]
	}
	if i, found := w.find(path, to); found {
		return w.few[i].kinds
	}
	return 0
}

func (w *Watches) put(path string, to Watcher, kinds Kind) {
	if w.many != nil {
		w.many.put(path, to, kinds)
		return
	}
	i, found := w.find(path, to)
	if found {
		w.few[i].kinds = kinds
		return
	}
	w.few = slices.Insert(w.few, i, watch{path, to, kinds})
	if len(w.few) > mapsAbove {
		w.many = newWatchMaps()
		for _, e := range w.few {
			w.many.put(e.path, e.to, e.kinds)
		}
		w.few = nil
	}
}

func (w *Watches) find(path string, to Watcher) (int, bool) {
	return slices.BinarySearchFunc(w.few, watch{path: path, to: to}, compareWatches)
}

func newWatchMaps() *watchMaps {
	return &watchMaps{byPath: map[string]map[Watcher]Kind{}, byTo: map[Watcher]map[string]struct{}{}}
}

func (m *watchMaps) put(path string, to Watcher, kinds Kind) {
	owners := m.byPath[path]
	if owners == nil {
		owners = map[Watcher]Kind{}
		m.byPath[path] = owners
	}
	if _, known := owners[to]; !known {
		m.n++
		if m.byTo[to] == nil {
			m.byTo[to] = map[string]struct{}{}
		}
		m.byTo[to][path] = struct{}{}
	}
	owners[to] = kinds
}

func (m *watchMaps) remove(path string, to Watcher) {
	m.n--
	if delete(m.byPath[path], to); len(m.byPath[path]) == 0 {
		delete(m.byPath, path)
	}
	if delete(m.byTo[to], path); len(m.byTo[to]) == 0 {
		delete(m.byTo, to)
	}
}

func (m *watchMaps) fire(dst []Notice, kinds Kind, event coord.Event) []Notice {
	owners := m.byPath[event.Path]
	// By watcher: what follows from a change must be the same every time.
	for _, to := range slices.Sorted(maps.Keys(owners)) {
		had := owners[to]
		if had&kinds == 0 {
			continue
		}
		dst = append(dst, Notice{to, event})
		if left := had &^ kinds; left != 0 {
			owners[to] = left
		} else {
			m.remove(event.Path, to)
		}
	}
	return dst
}

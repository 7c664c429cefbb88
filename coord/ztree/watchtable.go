package ztree

import (
	"cmp"
	"slices"
	"strings"
)

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

// fire appends the event for each watcher that it concerns, and leaves of the watches what stays.
func (w *Watches) fire(dst []Notice, halves Kind, n Notice) []Notice {
	told := len(dst)
	if w.many != nil {
		dst = w.fireMany(dst, halves, n)
	} else {
		dst = w.fireFew(dst, halves, n)
	}
	if w.recursive > 0 || w.many != nil {
		// By watcher: what follows from a change must be the same every time. And once, though several paths above may be watched.
		fresh := dst[told:]
		slices.SortFunc(fresh, func(a, b Notice) int { return cmp.Compare(a.To, b.To) })
		dst = dst[:told+len(slices.CompactFunc(fresh, func(a, b Notice) bool { return a.To == b.To }))]
	}
	return dst
}

func (w *Watches) fireFew(dst []Notice, halves Kind, n Notice) []Notice {
	kept := w.few[:0]
	for _, e := range w.few {
		if e.kinds&halves != 0 && (e.path == n.Event.Path || e.kinds.recursive() != 0 && isAbove(e.path, n.Event.Path)) {
			var told bool
			if told, e.kinds = e.kinds.fired(halves, n.Event.Type, e.path != n.Event.Path); told {
				n.To = e.to
				dst = append(dst, n)
			}
		}
		if e.kinds != 0 {
			kept = append(kept, e)
		}
	}
	clear(w.few[len(kept):])
	w.few = kept
	return dst
}

func (w *Watches) fireMany(dst []Notice, halves Kind, n Notice) []Notice {
	dst = w.fireAt(dst, halves, n, n.Event.Path)
	if w.recursive == 0 {
		return dst
	}
	for path := n.Event.Path; path != "/"; {
		if path = parentOf(path); path == "" {
			path = "/"
		}
		dst = w.fireAt(dst, halves, n, path)
	}
	return dst
}

func (w *Watches) fireAt(dst []Notice, halves Kind, n Notice, path string) []Notice {
	owners := w.many.byPath[path]
	for to, had := range owners {
		told, left := had.fired(halves, n.Event.Type, path != n.Event.Path)
		if told {
			n.To = to
			dst = append(dst, n)
		}
		if left != had {
			w.many.put(path, to, left)
		}
	}
	return dst
}

// isAbove reports whether a path leads to an ancestor of another. The root's other path, "", can be watched, but nothing looks there.
func isAbove(ancestor, path string) bool {
	switch ancestor {
	case "":
		return false
	case "/":
		return path != "/"
	}
	return len(path) > len(ancestor) && path[len(ancestor)] == '/' && strings.HasPrefix(path, ancestor)
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

// update takes halves off what a connection watches at a path, and adds others.
func (w *Watches) update(path string, to Watcher, off, on Kind) {
	if w.many != nil {
		was := w.many.byPath[path][to]
		is := was.without(off) | on
		w.note(was, is)
		w.many.put(path, to, is)
		return
	}
	i, found := w.find(path, to)
	var was Kind
	if found {
		was = w.few[i].kinds
	}
	is := was.without(off) | on
	w.note(was, is)
	switch {
	case found && is != 0:
		w.few[i].kinds = is
	case found:
		w.few = slices.Delete(w.few, i, i+1)
	case is != 0:
		w.few = slices.Insert(w.few, i, watch{path, to, is})
		w.useMaps()
	}
}

// useMaps makes maps of the watches if they are no longer few.
func (w *Watches) useMaps() {
	if len(w.few) <= mapsAbove {
		return
	}
	w.many = newWatchMaps()
	for _, e := range w.few {
		w.many.put(e.path, e.to, e.kinds)
	}
	w.few = nil
}

// note keeps the number of recursive watches when one becomes another. (Firing leaves it alone: these stay.)
func (w *Watches) note(was, is Kind) {
	if was.recursive() != 0 {
		w.recursive--
	}
	if is.recursive() != 0 {
		w.recursive++
	}
}

func (w *Watches) find(path string, to Watcher) (int, bool) {
	return slices.BinarySearchFunc(w.few, watch{path: path, to: to}, compareWatches)
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

func newWatchMaps() *watchMaps {
	return &watchMaps{byPath: map[string]map[Watcher]Kind{}, byTo: map[Watcher]map[string]struct{}{}}
}

func (m *watchMaps) put(path string, to Watcher, kinds Kind) {
	if kinds == 0 {
		m.remove(path, to)
		return
	}
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
	if _, known := m.byPath[path][to]; !known {
		return
	}
	m.n--
	if delete(m.byPath[path], to); len(m.byPath[path]) == 0 {
		delete(m.byPath, path)
	}
	if delete(m.byTo[to], path); len(m.byTo[to]) == 0 {
		delete(m.byTo, to)
	}
}

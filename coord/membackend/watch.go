package membackend

import (
	"errors"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// watching is the wish to watch that a read carries.
type watching struct {
	path        string
	kind        ztree.Kind
	armsMissing bool
}

type watchKey struct {
	path string
	kind ztree.Kind
}

// armed is one watch of a session, shared by all who asked for it.
type armed struct {
	watch   *coord.Watch
	end     func(coord.Event, bool)
	missing bool // the node was not there
}

// watchTable is what a session watches. Its methods need the service's lock.
type watchTable map[watchKey]armed

// arm returns the watch that the reply to a read has armed, or nil if it has armed none.
func (t watchTable) arm(w *watching, reply error) *coord.Watch {
	missing := errors.Is(reply, coord.ErrNoNode)
	if w == nil || reply != nil && !(missing && w.armsMissing) {
		return nil
	}
	key := watchKey{w.path, w.kind}
	a, shared := t[key]
	if !shared {
		a.watch, a.end = coord.NewWatch()
	}
	a.missing = missing
	t[key] = a
	return a.watch
}

// take removes the watches that an event ends.
func (t watchTable) take(e coord.Event) []armed {
	kinds := []ztree.Kind{ztree.DataWatch}
	switch e.Type {
	case coord.ChildrenChanged:
		kinds = []ztree.Kind{ztree.ChildWatch}
	case coord.NodeDeleted:
		kinds = append(kinds, ztree.ChildWatch)
	}
	var taken []armed
	for _, kind := range kinds {
		key := watchKey{e.Path, kind}
		if a, ok := t[key]; ok {
			taken = append(taken, a)
			delete(t, key)
		}
	}
	return taken
}

// takeAll removes every watch.
func (t watchTable) takeAll() []armed {
	var taken []armed
	for _, key := range t.keys() {
		taken = append(taken, t[key])
	}
	clear(t)
	return taken
}

// bring fills in the watches that a new connection must take over.
func (t watchTable) bring(h *hello) {
	for _, key := range t.keys() {
		switch {
		case key.kind == ztree.ChildWatch:
			h.child = append(h.child, key.path)
		case t[key].missing:
			h.exist = append(h.exist, key.path)
		default:
			h.data = append(h.data, key.path)
		}
	}
}

// keys are in order, so that what follows from them is the same every time.
func (t watchTable) keys() []watchKey {
	keys := make([]watchKey, 0, len(t))
	for key := range t {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b watchKey) int {
		if c := strings.Compare(a.path, b.path); c != 0 {
			return c
		}
		return int(a.kind) - int(b.kind)
	})
	return keys
}

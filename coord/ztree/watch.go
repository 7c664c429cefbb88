package ztree

import (
	"math"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// Watcher identifies a connection among those of one server. Watches belong to it, not to its session.
type Watcher int64

// Kind says which changes of a node a watch is for, and whether it is there for one of them or for all. Kinds can be added up.
type Kind uint8

const (
	// DataWatch is armed by reading the data, or by asking whether the node exists, also of one that does not.
	DataWatch Kind = 1 << iota
	// ChildWatch is armed by listing the children.
	ChildWatch

	dataPersistent
	childPersistent
	dataRecursive
	childRecursive

	oneShot = DataWatch | ChildWatch

	// PersistentWatch is both of the above, and stays when it has fired.
	PersistentWatch = oneShot | dataPersistent | childPersistent
	// RecursiveWatch stays as well, and is for the node and all below it: for their creations, deletions and changes of data, but not
	// for those of lists of children, which follow from them.
	RecursiveWatch = PersistentWatch | dataRecursive | childRecursive
)

// Of each kind's bits, those of one half stand two apart, so that a shift leads from what is watched to how.
const (
	persistentShift = 2
	recursiveShift  = 4
)

func (k Kind) persistent() Kind { return k >> persistentShift & oneShot }

func (k Kind) recursive() Kind { return k >> recursiveShift & oneShot }

// without takes off the halves, however they are watched.
func (k Kind) without(halves Kind) Kind {
	halves &= oneShot
	return k &^ (halves | halves<<persistentShift | halves<<recursiveShift)
}

// fired tells what an event that concerns these halves does to a watch: whether it is told, and what is left. below says that the event
// is not about the watched node but about one below it.
func (k Kind) fired(halves Kind, what coord.EventType, below bool) (told bool, left Kind) {
	hit := k & halves
	if k < dataPersistent && !below {
		return hit != 0, k &^ hit // nearly all watches are for once
	}
	if below {
		return hit&k.recursive() != 0 && what != coord.ChildrenChanged, k
	}
	if what == coord.ChildrenChanged {
		hit &^= k.recursive()
	}
	return hit != 0, k.without(hit &^ k.persistent())
}

// Notice is one event for one watcher.
type Notice struct {
	To    Watcher
	Event coord.Event

	guard *guard // of the node that the event is about
}

// MayReach reports whether a watcher with these identities may be told, which takes the permission to read the node: else the event is
// lost, and a one-shot watch with it (the remedy for CVE-2024-23944). What [Watches.Rearm] finds reaches everybody.
func (n *Notice) MayReach(auth []Identity) bool { return n.guard.allows(coord.PermRead, auth) }

// Watches holds the watches of all connections of one server. The zero value holds none. Copy it with [Watches.Clone].
type Watches struct {
	few       []watch // by path, then watcher; while there are few
	many      *watchMaps
	recursive int // watches among them
}

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

// Arm adds a watch. Adding one that is there changes nothing: it fires once. As in a server (WatcherModeManager) how a node's data, or
// its children, are watched by a connection is what was said last: to arm for once what was watched for good leaves a watch for once.
func (w *Watches) Arm(to Watcher, path string, kinds Kind) {
	w.update(path, to, kinds, kinds)
}

// Remove takes back a connection's watch of the data, of the children, or with both added up of either, and reports whether there was one.
func (w *Watches) Remove(to Watcher, path string, halves Kind) bool {
	if w.get(path, to)&halves == 0 {
		return false
	}
	w.update(path, to, halves, 0)
	return true
}

// Watched reports whether any connection at all watches the data, or the children, or with both added up either: that is what a server
// tells a client that asks after its own watch (WatchManager.containsWatcher).
func (w *Watches) Watched(path string, halves Kind) bool {
	if w.many != nil {
		for _, kinds := range w.many.byPath[path] {
			if kinds&halves != 0 {
				return true
			}
		}
		return false
	}
	i, _ := w.find(path, math.MinInt64)
	for ; i < len(w.few) && w.few[i].path == path; i++ {
		if w.few[i].kinds&halves != 0 {
			return true
		}
	}
	return false
}

// Drop removes all watches of a connection that is gone.
func (w *Watches) Drop(to Watcher) {
	if w.many == nil {
		w.few = slices.DeleteFunc(w.few, func(e watch) bool {
			if e.to == to {
				w.note(e.kinds, 0)
			}
			return e.to == to
		})
		return
	}
	for path := range w.many.byTo[to] {
		w.update(path, to, oneShot, 0)
	}
}

// Trigger takes out the watches that the changes of a transaction end, and appends a notice for each, and for each that stays, to dst:
// change by change, the node's own before its parent's, and of those alike by watcher. A change of a node is told once to a connection,
// however many watches of it are concerned.
func (w *Watches) Trigger(dst []Notice, changes ...Change) []Notice {
	for i := range changes {
		c := &changes[i]
		own := DataWatch
		if c.Type == coord.NodeDeleted {
			own |= ChildWatch
		}
		dst = w.fire(dst, own, Notice{Event: coord.Event{Type: c.Type, Path: c.Path}, guard: c.own})
		if c.Type == coord.DataChanged {
			continue
		}
		parent := parentOf(c.Path)
		if parent == "" {
			parent = "/"
		}
		dst = w.fire(dst, ChildWatch, Notice{Event: coord.Event{Type: coord.ChildrenChanged, Path: parent}, guard: c.parent})
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
		dst = append(dst, Notice{To: to, Event: coord.Event{Type: missed, Path: path}})
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
	c := Watches{few: slices.Clone(w.few), recursive: w.recursive}
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

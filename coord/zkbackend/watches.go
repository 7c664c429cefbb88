package zkbackend

import (
	"encoding/binary"

	"github.com/hamaster/hamaster/coord"
)

// watchKind is what a watch waits for. The order is that of the lists in a setWatches request.
type watchKind uint8

const (
	watchData   watchKind = iota // a node that is there: its change or deletion
	watchExist                   // a node that is not: its creation
	watchChild                   // a node's children, or its deletion
	numWatchers = iota
)

// watchKey is a watch to the service: arming it again changes nothing.
type watchKey struct {
	kind watchKind
	path string // with the chroot
}

// watcher is an armed watch and the function that ends it.
type watcher struct {
	watch *coord.Watch
	end   func(coord.Event, bool)
}

// watchTable holds what is armed at the service, one watch for each key, whoever asked for it. It is kept in step with the
// service's own table by being changed only as answers and events come in, in the order in which they do.
//
// go-zookeeper is not asked to watch: it would keep a channel for every time that it is, and after a reconnect may send other
// requests before it arms its watches anew, with the zxid of their answers, by which changes in between are lost.
type watchTable map[watchKey]watcher

// kindOf is what a read that asked for a watch has armed, by its answer; false if nothing.
func kindOf(op opcode, code int32) (watchKind, bool) {
	switch {
	case op == opExists && code == codeNoNode:
		return watchExist, true
	case code != codeOK:
		return 0, false
	case op == opExists || op == opGetData:
		return watchData, true
	case op == opGetChildren2:
		return watchChild, true
	}
	return 0, false
}

// arm returns the watch of that key, which may have been there before.
func (t watchTable) arm(key watchKey) *coord.Watch {
	w, found := t[key]
	if !found {
		w.watch, w.end = coord.NewWatch()
		t[key] = w
	}
	return w.watch
}

// fire removes the watches that the event ends, and returns them.
func (t watchTable) fire(event coord.Event) []watcher {
	var kinds []watchKind
	switch event.Type {
	case coord.NodeCreated, coord.DataChanged:
		kinds = []watchKind{watchData, watchExist}
	case coord.NodeDeleted:
		kinds = []watchKind{watchData, watchExist, watchChild}
	case coord.ChildrenChanged:
		kinds = []watchKind{watchChild}
	}
	var fired []watcher
	for _, kind := range kinds {
		key := watchKey{kind, event.Path}
		if w, found := t[key]; found {
			delete(t, key)
			fired = append(fired, w)
		}
	}
	return fired
}

// clear removes all watches and returns them.
func (t watchTable) clear() []watcher {
	all := make([]watcher, 0, len(t))
	for _, w := range t {
		all = append(all, w)
	}
	clear(t)
	return all
}

// watchesLimit is the size of a setWatches request, in bytes, from which another is begun. Servers refuse requests over 1 MB, or
// whatever they are configured to; the Java client keeps to the same.
const watchesLimit = 128 << 10

// requests encodes the setWatches requests that arm the table on a new connection. The service tells at once of what has happened
// since zxid, the last that this client has seen.
func (t watchTable) requests(zxid coord.Zxid) [][]byte {
	var frames [][]byte
	var lists [numWatchers][]string
	size := 0
	for key := range t {
		if n := 4 + len(key.path); size > 0 && size+n > watchesLimit {
			frames = append(frames, setWatches(zxid, lists))
			lists, size = [numWatchers][]string{}, 0
		}
		lists[key.kind] = append(lists[key.kind], key.path)
		size += 4 + len(key.path)
	}
	if size > 0 {
		frames = append(frames, setWatches(zxid, lists))
	}
	return frames
}

func setWatches(zxid coord.Zxid, lists [numWatchers][]string) []byte {
	b := newRequest(xidWatches, opSetWatches)
	b = binary.BigEndian.AppendUint64(b, uint64(zxid))
	for _, list := range lists {
		b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
		for _, path := range list {
			b = binary.BigEndian.AppendUint32(b, uint32(len(path)))
			b = append(b, path...)
		}
	}
	return seal(b)
}

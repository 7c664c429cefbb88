package membackend_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// naive is a service as one would explain it: maps and lists that are looked through, counters that count. It knows nothing of links:
// whoever is away is told later.
type naive struct {
	zxid     coord.Zxid
	now      int64 // milliseconds
	nodes    map[string]naiveNode
	sessions map[coord.SessionID]bool
	watches  []*naiveWatch
	away     map[coord.SessionID]bool
}

type naiveNode struct {
	data    []byte
	stat    coord.Stat // but for what is derived
	creates int32
}

type naiveKind uint8

const (
	ofData    naiveKind = iota // of a node that is there
	ofMissing                  // of one that is not
	ofChildren
)

// naiveWatch is one watch: the real one, and what is expected of it.
type naiveWatch struct {
	real   *coord.Watch
	by     coord.SessionID
	kind   naiveKind
	path   string
	missed bool // something happened while its owner was away
	over   bool
	told   bool
	event  coord.Event
}

func newNaive() *naive {
	return &naive{
		nodes: map[string]naiveNode{
			// As on a new server: what it starts with was made by no transaction, and counts as if taken away already.
			"/": {stat: coord.Stat{Cversion: -1}}, "/zookeeper": {stat: coord.Stat{Cversion: -2}},
			"/zookeeper/quota": {}, "/zookeeper/config": {stat: coord.Stat{Aversion: -1}},
		},
		sessions: map[coord.SessionID]bool{}, away: map[coord.SessionID]bool{},
	}
}

func (m *naive) children(path string) []string {
	names := []string{}
	for p := range m.nodes {
		if parent, name := coord.SplitPath(p); parent == path {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *naive) stat(path string) coord.Stat {
	n := m.nodes[path]
	n.stat.DataLength, n.stat.NumChildren = int32(len(n.data)), int32(len(m.children(path)))
	return n.stat
}

// write is one transaction of a session: all of the operations, or none. It returns the results, or the number of the refused one and why.
func (m *naive) write(by coord.SessionID, ops []coord.Op) (results []coord.Result, refused int, err error) {
	m.zxid++
	before := maps.Clone(m.nodes)
	var events []coord.Event
	for i, op := range ops {
		result, event, err := m.apply(by, op)
		if err != nil {
			m.nodes = before
			return nil, i, err
		}
		results, events = append(results, result), append(events, event)
	}
	for _, e := range events {
		m.tell(e)
	}
	return results, 0, nil
}

func (m *naive) apply(by coord.SessionID, op coord.Op) (r coord.Result, e coord.Event, err error) {
	n, found := m.nodes[op.Path]
	switch {
	case op.Type == coord.OpCreate:
		return m.create(by, op)
	case !found:
		return r, e, coord.ErrNoNode
	case op.Version != coord.AnyVersion && op.Version != n.stat.Version:
		return r, e, coord.ErrBadVersion
	case op.Type == coord.OpDelete && len(m.children(op.Path)) > 0:
		return r, e, coord.ErrNotEmpty
	case op.Type == coord.OpDelete:
		return r, m.remove(op.Path), nil
	case op.Type == coord.OpCheck:
		return r, e, nil
	}
	n.data = op.Data
	n.stat.Version++
	n.stat.Mzxid, n.stat.Mtime = m.zxid, m.now
	m.nodes[op.Path] = n
	return coord.Result{Stat: m.stat(op.Path)}, coord.Event{Type: coord.DataChanged, Path: op.Path}, nil
}

func (m *naive) create(by coord.SessionID, op coord.Op) (r coord.Result, e coord.Event, err error) {
	parent, _ := coord.SplitPath(op.Path)
	p, found := m.nodes[parent]
	switch {
	case op.Path == "/":
		return r, e, coord.ErrNodeExists
	case !found:
		return r, e, coord.ErrNoNode
	}
	path := op.Path
	if op.Mode.IsSequential() {
		path += fmt.Sprintf("%010d", p.creates)
	}
	if _, taken := m.nodes[path]; taken {
		return r, e, coord.ErrNodeExists
	}
	if p.stat.EphemeralOwner != 0 {
		return r, e, coord.ErrNoChildrenForEphemerals
	}
	n := naiveNode{data: op.Data, stat: coord.Stat{Czxid: m.zxid, Mzxid: m.zxid, Pzxid: m.zxid, Ctime: m.now, Mtime: m.now}}
	if op.Mode.IsEphemeral() {
		n.stat.EphemeralOwner = by
	}
	m.nodes[path] = n
	p.creates++
	m.touch(parent, p)
	return coord.Result{Path: path}, coord.Event{Type: coord.NodeCreated, Path: path}, nil
}

func (m *naive) remove(path string) coord.Event {
	delete(m.nodes, path)
	parent, _ := coord.SplitPath(path)
	m.touch(parent, m.nodes[parent])
	return coord.Event{Type: coord.NodeDeleted, Path: path}
}

// touch counts one more or one less child.
func (m *naive) touch(path string, n naiveNode) {
	n.stat.Cversion++
	n.stat.Pzxid = m.zxid
	m.nodes[path] = n
}

func (m *naive) open(id coord.SessionID) {
	m.zxid++
	m.sessions[id] = true
}

// end ends a session, whoever wished it, and its nodes. Its own watches are not told.
func (m *naive) end(id coord.SessionID) {
	m.zxid++
	delete(m.sessions, id)
	m.away[id] = true
	for path, n := range m.nodes {
		if n.stat.EphemeralOwner == id {
			m.tell(m.remove(path))
		}
	}
}

// tell ends the watches that a change ends, of those who are there.
func (m *naive) tell(e coord.Event) {
	parent, _ := coord.SplitPath(e.Path)
	for _, w := range m.watches {
		switch {
		case e.Type == 0 || w.over:
		case w.path == e.Path && (w.kind != ofChildren || e.Type == coord.NodeDeleted):
			m.finish(w, e)
		case w.path == parent && w.kind == ofChildren && e.Type != coord.DataChanged:
			m.finish(w, coord.Event{Type: coord.ChildrenChanged, Path: parent})
		}
	}
}

func (m *naive) finish(w *naiveWatch, e coord.Event) {
	if m.away[w.by] {
		w.missed = true
		return
	}
	w.over, w.told, w.event = true, true, e
}

// returns tells a session what it has missed: what is so now, and not what has happened on the way there.
func (m *naive) returns(id coord.SessionID) {
	m.away[id] = false
	for _, w := range m.watches {
		if w.by != id || w.over {
			continue
		}
		_, found := m.nodes[w.path]
		missed := w.missed
		w.missed = false
		switch {
		case w.kind == ofMissing && found:
			m.finish(w, coord.Event{Type: coord.NodeCreated, Path: w.path})
		case w.kind == ofMissing:
		case !found:
			m.finish(w, coord.Event{Type: coord.NodeDeleted, Path: w.path})
		case missed && w.kind == ofData:
			m.finish(w, coord.Event{Type: coord.DataChanged, Path: w.path})
		case missed:
			m.finish(w, coord.Event{Type: coord.ChildrenChanged, Path: w.path})
		}
	}
}

// forget ends a session's watches without an event.
func (m *naive) forget(id coord.SessionID) {
	for _, w := range m.watches {
		if w.by == id {
			w.over = true
		}
	}
}

package ztree

import (
	"errors"
	"iter"

	"github.com/hamaster/hamaster/coord"
)

// ErrRuntimeInconsistency is what the operations after the refused one of a transaction get.
var ErrRuntimeInconsistency = errors.New("an earlier operation of the transaction was refused")

// Txn says who writes and when, and receives what a write leaves for others to see. One may be used for write after write.
type Txn struct {
	Now     int64           // in milliseconds since 1970, by the service's clock
	Session coord.SessionID // 0 is the service itself, which no session check stops; it cannot own nodes
	Auth    []Identity      // what the connection has proved, beside world:anyone

	Zxid    coord.Zxid // of the last write, refused or not
	Changes []Change   // what the last write changed, in order; overwritten by the next
}

// Change is one change of one node, from which follows what is to be told to whom: see [Watches.Trigger].
type Change struct {
	Type coord.EventType // NodeCreated, NodeDeleted or DataChanged
	Path string

	own, parent *guard // of the node, and of its parent unless only data has changed
}

// begin takes a number for a write. Refused ones take one as well, as in PrepRequestProcessor.
func (t *Tree) begin(x *Txn) error {
	t.Skip(x)
	if x.Session == 0 {
		return nil
	}
	if _, ok := t.findSession(x.Session); !ok {
		return coord.ErrSessionExpired
	}
	return nil
}

// Skip takes a zxid for a write that is refused before the tree can look at it.
func (t *Tree) Skip(x *Txn) {
	t.zxid++
	x.Zxid, x.Changes = t.zxid, x.Changes[:0]
}

func (x *Txn) changed(what coord.EventType, path string, own, parent *guard) {
	x.Changes = append(x.Changes, Change{what, path, own, parent})
}

// OpenSession adds a session with an id that the caller has chosen, never used before, not 0, and without 0x80 or 0xff as its first
// byte, and a timeout in milliseconds. It takes a zxid.
func (t *Tree) OpenSession(x *Txn, id coord.SessionID, timeout int32) {
	t.Skip(x)
	at, found := t.findSession(id)
	if found || owner(id).session() == 0 {
		panic("ztree: session id " + id.String() + " is in use, zero, or means no session")
	}
	t.sessions = append(t.sessions, session{})
	copy(t.sessions[at+1:], t.sessions[at:])
	t.sessions[at] = session{id: id, timeout: timeout}
}

// CloseSession ends a session, by its owner's wish or because it has expired, and with it all its ephemeral nodes under one zxid,
// the oldest first. The error is ErrSessionExpired if there is no such session.
func (t *Tree) CloseSession(x *Txn, id coord.SessionID) error {
	t.Skip(x)
	s, ok := t.findSession(id)
	if !ok {
		return coord.ErrSessionExpired
	}
	var u undoLog
	for t.sessions[s].first != 0 {
		t.remove(x, &u, t.sessions[s].first)
	}
	t.sessions = append(t.sessions[:s], t.sessions[s+1:]...)
	return nil
}

// Session returns a session's timeout in milliseconds, as first negotiated.
func (t *Tree) Session(id coord.SessionID) (timeout int32, ok bool) {
	s, ok := t.findSession(id)
	if !ok {
		return 0, false
	}
	return t.sessions[s].timeout, true
}

// Sessions calls yield with each session, by id, until it returns false.
func (t *Tree) Sessions(yield func(id coord.SessionID, timeout int32) bool) {
	for _, s := range t.sessions {
		if !yield(s.id, s.timeout) {
			return
		}
	}
}

// Ephemerals returns the paths of a session's nodes, the oldest first.
func (t *Tree) Ephemerals(id coord.SessionID) iter.Seq[string] {
	return func(yield func(path string) bool) {
		s, ok := t.findSession(id)
		if !ok {
			return
		}
		for at := t.sessions[s].first; at != 0; at = t.nodes[at].ownNext {
			if !yield(t.nodes[at].path) {
				return
			}
		}
	}
}

package ztree

import "github.com/hamaster/hamaster/coord"

// undoLog remembers what a transaction of several operations has overwritten, so that a refused one leaves nothing behind. It
// notes whole places rather than inverse operations: whatever an operation does to the links, undoing it is the same.
// The zero value is for a single operation, which checks everything before it changes anything: it notes nothing.
type undoLog struct {
	on       bool
	places   []savedNode
	sessions []savedSession
	size     int
	free     int32
	tally    tally
}

type savedNode struct {
	at int32
	n  node
}

type savedSession struct {
	at int
	s  session
}

func (t *Tree) startUndoLog() undoLog {
	return undoLog{on: true, size: len(t.nodes), free: t.free, tally: t.tally}
}

// touch must precede every change of a node.
func (u *undoLog) touch(t *Tree, at int32) {
	if u.on {
		u.places = append(u.places, savedNode{at, t.nodes[at]})
	}
}

// touchSession must precede every change of a session.
func (u *undoLog) touchSession(t *Tree, at int) {
	if u.on {
		u.sessions = append(u.sessions, savedSession{at, t.sessions[at]})
	}
}

// rollback puts everything back, the last change first: a place may have been used twice.
func (u *undoLog) rollback(t *Tree) {
	for i := len(u.places) - 1; i >= 0; i-- {
		saved := &u.places[i]
		n := &t.nodes[saved.at]
		if n.path != saved.n.path {
			if n.path != "" {
				t.indexRemove(n.path)
			}
			if saved.n.path != "" && t.index != nil {
				t.index[saved.n.path] = saved.at
			}
		}
		*n = saved.n
	}
	for i := len(u.sessions) - 1; i >= 0; i-- {
		t.sessions[u.sessions[i].at] = u.sessions[i].s
	}
	clear(t.nodes[u.size:])
	t.nodes, t.free, t.tally = t.nodes[:u.size], u.free, u.tally
}

// Multi applies all operations as one transaction under one zxid, or none. Later operations see what earlier ones did. Refused, it
// returns the number of the operation that was, and why: the ones before it count as right, the ones after it as
// [ErrRuntimeInconsistency], and nothing but the zxid has changed.
func (t *Tree) Multi(x *Txn, ops []coord.Op) (results []coord.Result, refused int, err error) {
	return t.MultiTTL(x, ops, nil)
}

// MultiTTL is Multi with ttls[i] as the time to live, in milliseconds, of the node that ops[i] makes, if its mode is [TTL] or
// [TTLSequential]; what stands there for other operations does not matter. Without such operations ttls may be nil.
func (t *Tree) MultiTTL(x *Txn, ops []coord.Op, ttls []int64) (results []coord.Result, refused int, err error) {
	if err := t.begin(x); err != nil {
		return nil, 0, err
	}
	u := t.startUndoLog()
	results = make([]coord.Result, len(ops))
	all := t.termsOf(ops, ttls)
	for i := range ops {
		var on terms
		if all != nil {
			on = all[i]
		}
		if results[i], err = t.apply(x, &u, &ops[i], on); err != nil {
			u.rollback(t)
			x.Changes = x.Changes[:0]
			return nil, i, err
		}
	}
	return results, 0, nil
}

// termsOf is nil if there are none for any operation.
func (t *Tree) termsOf(ops []coord.Op, ttls []int64) []terms {
	if ttls == nil && !t.enforceQuota {
		return nil
	}
	all := make([]terms, len(ops))
	for i := range ops {
		if t.enforceQuota {
			all[i].room = t.roomFor(&ops[i])
		}
		if i < len(ttls) {
			all[i].ttl = ttls[i]
		}
	}
	return all
}

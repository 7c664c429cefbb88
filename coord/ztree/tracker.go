package ztree

import (
	"cmp"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// Tracker is what a leader knows of which sessions are alive. It is not replicated: a new leader starts with everybody touched.
// Instants and durations are of one unit, of the caller's choice, on one clock that does not go back; none may be negative.
//
// As in ZooKeeper (ExpiryQueue) deadlines are rounded up to the next tick, and always by something: a session dies between its
// timeout and its timeout and a tick after it was last heard of.
type Tracker struct {
	tick  int64
	alive []liveness // by id
	next  int64      // no deadline is earlier
}

type liveness struct {
	id       coord.SessionID
	timeout  int64
	deadline int64
}

// NewTracker returns a tracker of no sessions. tick, at least 1, is how finely it tells deadlines apart.
func NewTracker(tick int64) Tracker {
	if tick < 1 {
		panic("ztree: a tick must be positive")
	}
	return Tracker{tick: tick}
}

// Add starts to track a session, or gives one that is tracked another timeout, and touches it.
func (k *Tracker) Add(id coord.SessionID, timeout, now int64) {
	i, known := k.find(id)
	if !known {
		k.alive = slices.Insert(k.alive, i, liveness{id: id})
	}
	e := &k.alive[i]
	e.timeout, e.deadline = timeout, k.deadline(timeout, now)
	if len(k.alive) == 1 || e.deadline < k.next {
		k.next = e.deadline
	}
}

// Touch notes a sign of life, and reports whether the session is tracked.
func (k *Tracker) Touch(id coord.SessionID, now int64) bool {
	i, known := k.find(id)
	if known {
		e := &k.alive[i]
		e.deadline = max(e.deadline, k.deadline(e.timeout, now))
	}
	return known
}

// Remove stops tracking a session.
func (k *Tracker) Remove(id coord.SessionID) {
	if i, known := k.find(id); known {
		k.alive = slices.Delete(k.alive, i, i+1)
	}
}

// Expire appends to dst the sessions whose deadline has come, by id, and tracks them no longer.
func (k *Tracker) Expire(dst []coord.SessionID, now int64) []coord.SessionID {
	if len(k.alive) == 0 || now < k.next {
		return dst
	}
	k.alive = slices.DeleteFunc(k.alive, func(e liveness) bool {
		if e.deadline > now {
			return false
		}
		dst = append(dst, e.id)
		return true
	})
	k.next = k.earliest()
	return dst
}

// Next returns the earliest deadline, or false if no session is tracked.
func (k *Tracker) Next() (deadline int64, ok bool) {
	return k.earliest(), len(k.alive) > 0
}

// Deadline returns when a session is given up unless it is touched before.
func (k *Tracker) Deadline(id coord.SessionID) (deadline int64, ok bool) {
	i, known := k.find(id)
	if !known {
		return 0, false
	}
	return k.alive[i].deadline, true
}

// Clone returns an independent copy.
func (k *Tracker) Clone() Tracker {
	c := *k
	c.alive = slices.Clone(k.alive)
	return c
}

// AppendTo appends the state to buf, with deadlines relative to now, in a form that is equal for equal states and different for
// different ones.
func (k *Tracker) AppendTo(buf []byte, now int64) []byte {
	buf = appendUint(buf, uint64(len(k.alive)))
	for _, e := range k.alive {
		buf = appendInt(buf, int64(e.id))
		buf = appendInt(buf, e.timeout)
		buf = appendInt(buf, e.deadline-now)
	}
	return buf
}

func (k *Tracker) deadline(timeout, now int64) int64 {
	return ((now+timeout)/k.tick + 1) * k.tick
}

func (k *Tracker) earliest() int64 {
	first := int64(0)
	for i, e := range k.alive {
		if i == 0 || e.deadline < first {
			first = e.deadline
		}
	}
	return first
}

func (k *Tracker) find(id coord.SessionID) (int, bool) {
	return slices.BinarySearchFunc(k.alive, id, func(e liveness, id coord.SessionID) int { return cmp.Compare(e.id, id) })
}

package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// node is a place where a process runs a candidate; one process after another. It does as package ha does.
type node struct {
	clock
	index       int16
	up          bool
	done        bool   // the candidate has finished; the session is being closed
	life        uint32 // counts processes
	attempt     uint32 // counts attempts to connect
	opening     bool
	hasSession  bool // as the machine was told
	machine     election.Machine
	session     session
	generation  uint32 // counts sessions
	told        coord.State
	toldChanges uint32

	links       [MaxServers]link
	slowUntil   coord.Instant
	pausedUntil coord.Instant
	wakeAt      coord.Instant // of the earliest evWake in the queue; 0: none
	tardy       bool          // the process did not get to what was due, in this term
	inbox       []item
	rest        []election.Effect // what a process that stands still has yet to do of its last step
	later       []election.Event  // what it was about to tell its machine after that

	role  roleState
	term  election.Term
	gate  bool // open: the role may write
	alive coord.Instant
	terms uint32 // counts roles started
	works uint32
	calls int // made by the machine
	clean bool
}

type roleState uint8

const (
	roleOff roleState = iota
	roleOn
	roleStopping
)

// link is the way between a node and one server.
type link struct{ upCut, downCut coord.Instant }

// item is something that a process has yet to take in.
type item struct {
	kind       itemKind
	life       uint32 // 0: the place is free
	generation uint32
	event      election.Event
}

type itemKind uint8

const (
	itemEvent  itemKind = iota
	itemOpened          // a session
	itemState           // the session's state has changed
)

func (n *node) init(s *setup, i int) {
	n.index = int16(i)
	// No two clocks show the same; none is before the time of which Evidence looks back.
	n.clock = clock{ppm: s.ppm[i], offset: coord.Instant(i+1) * coord.Instant(time.Hour)}
}

// startNode starts a process.
func (w *World) startNode(i int16) {
	n := &w.nodes[i]
	n.life++
	n.up, n.done, n.hasSession, n.opening, n.role, n.gate, n.tardy = true, false, false, false, roleOff, false, false
	n.wakeAt, n.pausedUntil, n.rest, n.later = 0, 0, n.rest[:0], n.later[:0]
	n.machine = election.New(w.cfgs[i])
	w.note(nodeLane, i, "starts")
	w.step(n, election.Event{Kind: election.Start})
}

// kill ends a process at once. What is left of its session the service has to find out.
func (w *World) kill(i int16) {
	n := &w.nodes[i]
	if !n.up {
		return
	}
	w.note(nodeLane, i, "dies")
	n.up = false
	n.life++
	n.attempt++
	n.rest, n.later = n.rest[:0], n.later[:0]
	if n.role != roleOff {
		w.checker.RoleReturned(int(i))
	}
	n.role, n.gate = roleOff, false
	clear(n.inbox)
	if c := w.connOf(n.session.conn); c != nil {
		w.hangUp(c)
	}
	n.session.over, n.session.conn = true, 0
	n.session.state = coord.Closed
}

func (w *World) restart(i int16) {
	n := &w.nodes[i]
	if n.up && !n.done {
		return
	}
	w.kill(i)
	w.startNode(i)
}

// current is what an event of that kind carries unless it is late.
func (n *node) current(kind eventKind, arg uint32) uint32 {
	switch kind {
	case evInbox:
		return arg
	case evRoleWork, evRoleWrite, evRoleStop:
		return n.terms
	}
	return n.life
}

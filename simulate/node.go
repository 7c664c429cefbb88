package simulate

import (
	"fmt"
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

	role    roleState
	term    election.Term
	gate    bool // open: the role may write
	alive   coord.Instant
	terms   uint32 // counts roles started
	works   uint32
	calls   int // made by the machine
	clean   bool
	meddled coord.Zxid // when an administrator last took something of this node's
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
	n.wakeAt, n.pausedUntil, n.rest = 0, 0, n.rest[:0]
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
	n.rest = n.rest[:0]
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

// step moves the node's machine on, and does what it asks for.
func (w *World) step(n *node, ev election.Event) {
	if n.hasSession {
		ev.Alive = n.session.evidence.Until()
	}
	w.effects = n.machine.Step(n.local(w.now), ev, w.effects[:0])
	w.perform(n, w.effects)
	w.settle(n)
}

// settle is what follows a step: what the machine no longer watches is forgotten, the next deadline is set.
func (w *World) settle(n *node) {
	s := &n.session
	if len(s.armed) > 0 {
		kept := s.armed[:0]
		for _, a := range s.armed {
			if n.machine.Watching(a.call) {
				kept = append(kept, a)
			}
		}
		s.armed = kept
	}
	if until := s.evidence.Until(); n.role != roleOff && until != n.alive {
		n.alive = until
		w.checker.LeaseGrew(int(n.index), n.reaches(until))
	}
	at, ok := n.machine.Deadline()
	if !ok {
		return
	}
	if due := max(n.reaches(at), w.now); n.wakeAt == 0 || due < n.wakeAt {
		n.wakeAt = due
		w.at(due, evWake, n.index, n.life)
	}
}

// wake is due at a deadline of the machine's, which may have moved since.
func (w *World) wake(n *node, e *event) {
	if n.wakeAt == 0 || w.now < n.wakeAt {
		return
	}
	n.wakeAt = 0
	at, ok := n.machine.Deadline()
	switch {
	case !ok:
	case n.local(w.now) < at:
		n.wakeAt = n.reaches(at)
		w.at(n.wakeAt, evWake, n.index, n.life)
	default:
		if late := w.lateness(); late > 0 {
			n.wakeAt, n.tardy = w.now.Add(late), true
			w.at(n.wakeAt, evWake, n.index, n.life)
			return
		}
		w.step(n, election.Event{Kind: election.Tick})
		if at, ok := n.machine.Deadline(); ok && at <= n.local(w.now) {
			w.fail("node %d: a deadline stands after its step: %+v", n.index, n.machine)
		}
	}
}

// lateness is how long a process takes to get to something. Mostly none.
func (w *World) lateness() time.Duration {
	if !w.has(Late) || w.calm {
		return 0
	}
	if w.choose.Choose(8, Scheduling) != 1 {
		return 0
	}
	return w.timeout / 400 * time.Duration(1+w.choose.Choose(8, Scheduling))
}

// post leaves something for the process to take in, soon.
func (w *World) post(n *node, it item) {
	it.life, it.generation = n.life, n.generation
	slot := -1
	for i := range n.inbox {
		if n.inbox[i].life == 0 {
			slot = i
			break
		}
	}
	if slot < 0 {
		n.inbox = append(n.inbox, item{})
		slot = len(n.inbox) - 1
	}
	n.inbox[slot] = it
	w.after(w.lateness(), evInbox, n.index, uint32(slot))
}

// bring has the process take something in, now if it is not late.
func (w *World) bring(n *node, it item) {
	if w.has(Late) && !w.calm {
		w.post(n, it)
		return
	}
	it.generation = n.generation
	w.receive(n, &it)
}

func (w *World) takeIn(n *node, slot uint32) {
	it := n.inbox[slot]
	n.inbox[slot].life = 0
	if it.life == n.life {
		w.receive(n, &it)
	}
}

func (w *World) receive(n *node, it *item) {
	switch it.kind {
	case itemOpened:
		w.adopt(n, it.generation)
	case itemState:
		if it.generation == n.generation && n.hasSession {
			w.follow(n)
		}
	default:
		if it.event.Kind == election.Reply && it.generation != n.generation {
			return // of a session that is over
		}
		w.step(n, it.event)
		if it.event.Kind == election.Reply {
			w.await(n, it.event.Call)
		}
	}
}

// await brings the event of a watch from now on, if the machine wants it.
func (w *World) await(n *node, call election.CallID) {
	for i := range n.session.armed {
		a := &n.session.armed[i]
		if a.call != call {
			continue
		}
		a.awaited = true
		if a.fired != 0 {
			w.post(n, item{event: election.Event{Kind: election.WatchFired, Call: call, Change: a.fired}})
			n.session.armed = append(n.session.armed[:i], n.session.armed[i+1:]...)
		}
		return
	}
}

// adopt takes up a session that was opened.
func (w *World) adopt(n *node, generation uint32) {
	if generation != n.generation {
		return
	}
	s := &n.session
	n.hasSession, n.told, n.toldChanges = true, coord.Connected, 0
	w.step(n, election.Event{Kind: election.Opened, Session: s.id, Timeout: s.timeout, RenewEvery: s.evidence.RenewEvery()})
	w.follow(n)
}

// follow tells the machine how the session's state has changed. The same state again means that another lay between.
func (w *World) follow(n *node) {
	s := &n.session
	again := n.toldChanges != 0 && s.changes != n.toldChanges && s.state == n.told
	n.toldChanges = s.changes
	was := n.told
	n.told = s.state
	if again && s.state == coord.Connected || s.state == coord.Suspended && was == coord.Connected {
		w.step(n, election.Event{Kind: election.Suspended})
	}
	if again && s.state == coord.Suspended {
		w.resumed(n)
		w.step(n, election.Event{Kind: election.Suspended})
	}
	if s.state == coord.Connected && (again || was == coord.Suspended) {
		w.resumed(n)
	}
	if s.state.Final() {
		n.hasSession = false
		n.generation++
		w.step(n, election.Event{Kind: election.Expired})
	}
}

func (w *World) resumed(n *node) {
	s := &n.session
	w.step(n, election.Event{Kind: election.Resumed, Timeout: s.timeout, RenewEvery: s.evidence.RenewEvery()})
}

// pause stops a process for a while.
func (w *World) pause(n *node, d time.Duration) {
	if !n.up || w.now < n.pausedUntil {
		return
	}
	w.note(nodeLane, n.index, "stands still for "+d.String())
	n.pausedUntil, n.tardy = w.now.Add(d), true
	w.at(n.pausedUntil, evResume, n.index, n.life)
}

// resume does what is left of the step in which the process stood still.
func (w *World) resume(n *node) {
	w.note(nodeLane, n.index, "goes on")
	if len(n.rest) == 0 {
		return
	}
	w.effects = append(w.effects[:0], n.rest...)
	n.rest = n.rest[:0]
	w.perform(n, w.effects)
	n.tardy = true // also if that has started a role
	w.settle(n)
}

func (w *World) perform(n *node, effects []election.Effect) {
	for i := range effects {
		if w.has(Pause) && !w.calm && w.choose.Choose(64, Interleaved) == 1 {
			n.rest = append(n.rest[:0], effects[i:]...)
			w.pause(n, w.length(Interleaved))
			return
		}
		w.effect(n, &effects[i])
	}
}

func (w *World) effect(n *node, e *election.Effect) {
	switch e.Kind {
	case election.DoCall:
		n.calls++
		w.call(n, &e.Call, 0)
	case election.OpenSession:
		if n.hasSession || n.opening {
			w.fail("node %d opens a second session", n.index)
		}
		n.generation++
		w.open(n)
	case election.Reconnect:
		w.mark(Nudged)
		if c := w.connOf(n.session.conn); c != nil && c.phase == serving {
			w.hangUp(c)
		}
	case election.StartRole:
		w.startRole(n, e.Term)
	case election.StopRole:
		w.stopRole(n, e)
	case election.Overran:
		w.overran(n)
	case election.Tell:
		w.tell(n, &e.Notice)
	case election.Finished:
		w.finished(n, e)
	default:
		panic(fmt.Sprintf("simulate: unknown effect %d", e.Kind))
	}
}

// finished: the process closes its session, and is idle until it is started again.
func (w *World) finished(n *node, e *election.Effect) {
	if e.Err != nil {
		w.fail("node %d finished with %v", n.index, e.Err)
	}
	if n.role != roleOff {
		w.fail("node %d finished beside its role", n.index)
	}
	n.done, n.clean = true, e.Clean
	if w.calm && !w.handing {
		w.after(w.timeout/2, evRestart, n.index, 0)
	}
	w.note(nodeLane, n.index, "leaves")
	if c := w.connOf(n.session.conn); c != nil && c.phase == serving {
		w.ask(c, askClose)
	}
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

package simulate

import (
	"fmt"
	"time"

	"github.com/hamaster/hamaster/ha/election"
)

// What package ha does with a machine: it steps it, does what it asks for, and keeps its deadline.

// step moves the node's machine on, and does what it asks for.
func (w *World) step(n *node, ev election.Event) {
	if len(n.rest) > 0 {
		w.fail("node %d takes a step while it stands still in another", n.index)
	}
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
	w.takeUp(n)
}

// takeUp tells the machine what was to be told to it before the process stood still, unless it does so again.
func (w *World) takeUp(n *node) {
	for len(n.later) > 0 && len(n.rest) == 0 {
		ev := n.later[0]
		n.later = n.later[:copy(n.later, n.later[1:])]
		w.step(n, ev)
	}
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

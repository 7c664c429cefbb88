package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// How a process gets to what is waiting for it: answers, watches, and the state of its session.

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
		w.step(n, it.event) // the machine ignores an answer that concerns a session that is over
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
	suspended := election.Event{Kind: election.Suspended}
	resumed := election.Event{Kind: election.Resumed, Timeout: s.timeout, RenewEvery: s.evidence.RenewEvery()}
	if again && s.state == coord.Connected || s.state == coord.Suspended && was == coord.Connected {
		n.later = append(n.later, suspended)
	}
	if again && s.state == coord.Suspended {
		n.later = append(n.later, resumed, suspended)
	}
	if s.state == coord.Connected && (again || was == coord.Suspended) {
		n.later = append(n.later, resumed)
	}
	if s.state.Final() {
		n.hasSession = false
		n.generation++
		n.later = append(n.later, election.Event{Kind: election.Expired})
	}
	w.takeUp(n)
}

package proptest

import (
	"fmt"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// owed is what is still to come of what a machine has asked for: package election says what its caller owes it.
type owed struct {
	calls    map[election.CallID]coord.Instant // of this session, not answered, by when they were made
	earlier  map[election.CallID]bool          // of earlier sessions, which may be answered or not
	asked    map[election.CallID]bool          // calls of this session that want a watch, not answered
	watches  map[election.CallID]bool          // of this session, answered, and not fired
	sessions int                               // opening
	role     bool
	up, on   bool // connected; in a session
}

func newOwed() *owed {
	return &owed{
		calls: map[election.CallID]coord.Instant{}, earlier: map[election.CallID]bool{},
		asked: map[election.CallID]bool{}, watches: map[election.CallID]bool{},
	}
}

// event notes what has come, and says what is wrong with it.
func (o *owed) event(s *taped) string {
	ev := &s.event
	switch ev.Kind {
	case election.Opened:
		if o.sessions--; o.sessions < 0 || o.on {
			return "a session that was not asked for"
		}
		o.on, o.up = true, true
	case election.Expired:
		if !o.on {
			return "no session is there that could end"
		}
		o.sessionOver()
	case election.Suspended, election.Resumed:
		if up := ev.Kind == election.Resumed; !o.on || up == o.up {
			return "the connection was so already"
		}
		o.up = !o.up
	case election.Reply:
		return o.reply(ev)
	case election.WatchFired:
		if !o.watches[ev.Call] {
			return "a watch that was never armed, or has fired before"
		}
		delete(o.watches, ev.Call)
	case election.RoleReturned:
		if !o.role {
			return "no role was running"
		}
		o.role = false
	}
	return ""
}

func (o *owed) reply(ev *election.Event) string {
	if o.earlier[ev.Call] {
		delete(o.earlier, ev.Call)
		return ""
	}
	if _, made := o.calls[ev.Call]; !made {
		return "a reply to no call, or a second one"
	}
	delete(o.calls, ev.Call)
	if o.asked[ev.Call] {
		o.watches[ev.Call] = true
	}
	return ""
}

// sessionOver: its calls need not be answered, and its watches must not fire any more; those are told after nothing but their reply.
func (o *owed) sessionOver() {
	for id := range o.calls {
		o.earlier[id] = true
	}
	clear(o.calls)
	clear(o.asked)
	o.on, o.up = false, false
}

// effects notes what is asked for, and says what is wrong with it.
func (o *owed) effects(s *taped) string {
	for i := range s.effects {
		switch e := &s.effects[i]; e.Kind {
		case election.DoCall:
			if !o.on {
				return fmt.Sprintf("call %d is made with no session", e.Call.ID)
			}
			o.calls[e.Call.ID] = s.at
			o.asked[e.Call.ID] = e.Call.Watch
		case election.OpenSession:
			o.sessions++
		case election.StartRole:
			if o.role {
				return "a role is started beside another"
			}
			o.role = true
		}
	}
	return ""
}

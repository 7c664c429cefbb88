package explore

import "github.com/hamaster/hamaster/ha/election"

// From every state one way forward is singled out: the fair one, on which no fault happens any more, messages are carried before time
// passes, and time passes first for whoever waits. It depends on nothing but the state, so the ways forward of all states make a
// forest, if all is well, whose roots are settled states: see liveness.go.

// urgency orders what is due; the least comes first.
type urgency uint8

const (
	urgeMessage urgency = iota
	urgeRole
	urgeSession
	urgeTimer
	urgeGhost  // of the service
	urgeClock  // of a process that waits for an instant
	urgeMaster // of one whose role runs
	never
)

// fairness is a node's part in the way forward, and in whether the world is settled.
type fairness struct {
	action    action
	urgency   urgency
	leads     bool // quiet, and its role runs
	waits     bool // quiet, a standby, and watching
	candidate election.Candidate
}

func (n *node) fairness(policy *election.Policy) fairness {
	var f fairness
	f.action, f.urgency = n.next()
	status := n.m.Status()
	quiet := len(n.stream)+len(n.requests) == 0 && n.link == linkUp && !n.done && !n.leaving && n.bad == ""
	f.leads = quiet && n.role == roleOn && n.acts() && status.RoleOn && f.urgency >= urgeTimer
	f.waits = quiet && n.role == roleOff && status.State == election.Standby && len(n.armed) > 0 && f.urgency >= urgeClock
	f.candidate, _ = election.ParseNode(status.Node, policy.Weighted)
	return f
}

func (n *node) next() (action, urgency) {
	_, waits := n.m.Deadline()
	switch {
	case len(n.stream) > 0:
		return take, urgeMessage
	case n.link == linkUp && len(n.requests) > 0:
		return serve, urgeMessage
	case n.role == roleStopping:
		return roleReturn, urgeRole
	case n.link == linkDown:
		return reattach, urgeSession
	case n.opening:
		return open, urgeSession
	case n.done:
		return restart, urgeSession
	case n.timerDue():
		return timer, urgeTimer
	case !waits || n.clockEndsLease():
		return clock, never
	case n.role == roleOn:
		return clock, urgeMaster
	}
	return clock, urgeClock
}

// forward returns the fair choice, or false if there is none.
func (p *parts) forward(s *state) (choice, bool) {
	if p.services[s[serviceAt]].lagging != 0 {
		return choice{catchUp, 0}, true
	}
	best, least := choice{}, never
	for i := range p.options.Nodes {
		if f := &p.nodes[s[nodesAt+i]].fair; f.urgency < least {
			best, least = choice{f.action, uint8(i)}, f.urgency
		}
	}
	if least > urgeGhost && len(p.services[s[serviceAt]].service.ghosts) > 0 {
		return choice{ghostExpire, 0}, true
	}
	return best, least < never
}

// settled reports whether the right one leads, and everybody else waits and watches.
func (p *parts) settled(s *state) bool {
	var master *fairness
	for i := range p.options.Nodes {
		f := &p.nodes[s[nodesAt+i]].fair
		switch {
		case f.leads && master == nil:
			master = f
		case !f.waits:
			return false
		}
	}
	if master == nil || p.services[s[serviceAt]].lagging != 0 || len(p.services[s[serviceAt]].service.ghosts) > 0 {
		return false
	}
	policy := &p.options.Policy
	for i := range p.options.Nodes {
		f := &p.nodes[s[nodesAt+i]].fair
		if f != master && policy.Ranks(f.candidate, master.candidate) {
			return false
		}
	}
	return true
}

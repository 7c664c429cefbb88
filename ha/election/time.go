package election

import (
	"github.com/hamaster/hamaster/coord"
)

// watchTheClock does what is due, after every event.
func (x *exec) watchTheClock() {
	if x.finished {
		return
	}
	if x.term.Token != 0 {
		x.watchTheTerm()
	}
	if x.finished {
		return
	}
	if x.retryDue() {
		x.do(x.step)
	}
	if x.waiting() && x.now >= x.waitUntil {
		x.proceed()
	}
	if x.departing() && x.now >= x.leaveBy {
		x.finish(false)
	}
}

func (x *exec) watchTheTerm() {
	if x.role != roleOff && x.now >= x.lease() {
		x.endTerm(LeaseEnded)
	}
	if x.mayOverrun() && x.now >= x.overrunAt() {
		x.overran = true
		x.emit(Effect{Kind: Overran, Term: x.term})
	}
	if x.renewDue() {
		x.renew()
	}
	if x.nudgeDue() {
		x.nudged = true
		x.emit(Effect{Kind: Reconnect})
	}
}

func (m *Machine) mayOverrun() bool { return m.term.Token != 0 && m.role != roleOff && !m.overran }

// overrunAt is when the role must have returned, as somebody else may be master then.
func (m *Machine) overrunAt() coord.Instant {
	if m.stopBy != 0 {
		return m.stopBy
	}
	return m.alive
}

// A renewal goes on while the role is stopping: as long as it has not returned, nobody else should get the place.
func (x *exec) renewDue() bool {
	return x.mayRenew() && x.now >= x.renewAt
}

func (m *Machine) mayRenew() bool {
	return m.term.Token != 0 && m.connected && m.renewal == 0 && !m.lost
}

// A renewal that stays unanswered for a sixth of the timeout gives the connection up: the client itself would notice the silence
// only after two thirds.
func (x *exec) nudgeDue() bool { return x.mayNudge() && x.now >= x.renewSent.Add(x.timeout/6) }

func (m *Machine) mayNudge() bool { return m.renewal != 0 && m.connected && !m.nudged }

func (x *exec) retryDue() bool { return x.mayRetry() && x.now >= x.retryAt }

func (m *Machine) mayRetry() bool {
	return m.step != idle && m.call == 0 && m.connected && m.retryAt != 0
}

// waiting: nothing is to be done but to let the time pass before registering again.
func (m *Machine) waiting() bool {
	return m.session != 0 && m.node == "" && m.step == idle && m.term.Token == 0 && m.waitUntil != 0 && !m.leaving && m.failed == nil
}

// departing: nothing keeps us but what the service has yet to be told.
func (m *Machine) departing() bool {
	return m.leaveBy != 0 && m.term.Token == 0
}

// Deadline is when Step must be called at the latest, with a Tick if nothing else happens; false if only an event can change
// anything.
func (m *Machine) Deadline() (coord.Instant, bool) {
	if m.finished {
		return 0, false
	}
	var first coord.Instant
	found := false
	due := func(cond bool, at coord.Instant) {
		if cond && (!found || at < first) {
			first, found = at, true
		}
	}
	due(m.role == roleOn, m.lease())
	due(m.mayOverrun(), m.overrunAt())
	due(m.mayRenew(), m.renewAt)
	due(m.mayNudge(), m.renewSent.Add(m.timeout/6))
	due(m.mayRetry(), m.retryAt)
	due(m.waiting(), m.waitUntil)
	due(m.departing(), m.leaveBy)
	return first, found
}

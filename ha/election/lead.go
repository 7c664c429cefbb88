package election

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// reread is what a master has yet to read, with a watch: first to arm the watch, later because it fired.
type reread uint8

const (
	rereadOwn reread = 1 << iota
	rereadRegister
	rereadChildren
)

// lease is the instant from which the master must not act: early enough that a role told to stop then is done, within its
// grace, before the session could be over.
func (m *Machine) lease() coord.Instant { return m.alive.Add(-m.cfg.grace(m.timeout)) }

// startRole starts it as soon as the lease lasts beyond the next renewal. After a long idle time the first claim may prove
// little; renewals then come first. The answer to a claim may also be heard after the connection is lost: who would stop at
// that does not start.
func (x *exec) startRole() {
	cut := !x.connected && x.cfg.OnSuspend == StopAtOnce
	if x.role != roleOff || x.reason != NoReason || cut || x.lease() <= x.now.Add(x.renewEvery) {
		return
	}
	x.role = roleOn
	x.emit(Effect{Kind: StartRole, Term: x.term})
}

// maxWarmups is how many renewals in a row a term may take to start its role. What a renewal proves has become as much as it
// will ever be by the third; if that is too little, a grace too long or a service too slow keeps us from leading, and another
// gets its turn.
const maxWarmups = 8

func (x *exec) warmUp() {
	x.startRole()
	if x.role != roleOff || x.reason != NoReason {
		return
	}
	if x.warmups++; x.warmups == maxWarmups {
		x.endTerm(LeaseTooShort)
	}
}

// renew proves in one quorum round trip that our node stands and that the register still shows our term; with it the backend
// extends the session's AliveUntil.
func (x *exec) renew() {
	x.lastCall++
	x.renewal, x.renewSent, x.nudged = x.lastCall, x.now, false
	x.emit(Effect{Kind: DoCall, Call: Call{ID: x.renewal, Kind: CallMulti, Ops: []coord.Op{
		coord.CheckOp(x.child(x.term.Node), coord.AnyVersion),
		coord.CheckOp(x.cfg.Path, x.term.Version),
	}}})
}

func (x *exec) renewed(ev Event) {
	x.renewal = 0
	switch {
	case ev.Err == nil:
		x.renewAt = x.now.Add(x.renewEvery)
		x.warmUp()
	case uncertain(ev.Err):
		x.renewAt = x.now.Add(x.timeout / 20)
	case sessionOver(ev.Err):
		x.renewAt = x.now.Add(x.renewEvery)
	case errors.Is(ev.Err, coord.ErrNoNode): // ours, or the path, and then ours with it
		x.endTerm(NodeLost)
	case errors.Is(ev.Err, coord.ErrBadVersion):
		x.endTerm(Deposed)
	default:
		x.renewAt = x.now.Add(x.renewEvery) // the role may take its time to stop
		x.fail(fmt.Errorf("election %s: renewal: %w", x.cfg.Path, ev.Err))
	}
}

// readAgain makes the next of the reads that are due.
func (x *exec) readAgain() {
	if x.step != idle || x.lost {
		return
	}
	for _, r := range [...]struct {
		bit reread
		s   step
	}{{rereadOwn, leadOwn}, {rereadRegister, leadRegister}, {rereadChildren, leadChildren}} {
		if x.reread&r.bit != 0 {
			x.reread &^= r.bit
			x.do(r.s)
			return
		}
	}
}

func (x *exec) termWatchFired(s slot) {
	switch s {
	case watchOwn:
		x.reread |= rereadOwn
	case watchRegister:
		x.reread |= rereadRegister
	case watchChildren:
		x.reread |= rereadChildren
	}
	x.readAgain()
}

func (x *exec) answerLeading(ev Event) {
	s := x.step
	x.step = idle
	missing := errors.Is(ev.Err, coord.ErrNoNode)
	switch {
	case s == leadOwn:
		x.readOwn(ev, missing)
	case s == leadRegister:
		x.readOwnRegister(ev, missing)
	case missing && s == leadChildren: // the path is gone, which the register's watch tells
	case s == leadChildren:
		x.watches[watchChildren] = ev.Call
		x.compareRivals(ev.Names)
	case missing: // the rival is gone again, which the children's watch tells
	case ev.Stat.EphemeralOwner == 0:
		x.disown(x.first)
		x.reread |= rereadChildren
	default:
		x.endTerm(Preempted)
	}
	if x.term.Token != 0 {
		x.readAgain()
	}
}

// readOwn compares more than the name: should path and node have been deleted and made again, names start over.
func (x *exec) readOwn(ev Event, missing bool) {
	if missing || ev.Stat.EphemeralOwner != x.session || ev.Stat.Czxid != x.czxid {
		x.endTerm(NodeLost)
		return
	}
	x.watches[watchOwn] = ev.Call
}

// readOwnRegister compares more than the version, for the same reason: the token never repeats.
func (x *exec) readOwnRegister(ev Event, missing bool) {
	switch {
	case missing: // and so is all that stood under it
		x.endTerm(NodeLost)
	case ev.Stat.Version != x.term.Version || ev.Stat.Mzxid != x.term.Token:
		x.endTerm(Deposed)
	default:
		x.watches[watchRegister] = ev.Call
	}
}

// compareRivals looks for a candidate that should be master in our place.
func (x *exec) compareRivals(names []string) {
	x.skip(names)
	r := x.cfg.Policy.rank(names, x.term.Node, x.foreign)
	x.first, x.prev = r.first, r.prev
	if r.self && r.first != x.term.Node {
		x.do(leadRival)
	}
}

package election

import (
	"errors"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// A term ends in this order: the gate closes and the role is told to stop; the role returns; only then is anything released. The
// first reason for the end stays; that the node or register is lost is noted besides, for then there is nothing to release.

// endTerm ends the term, if there is one. It may be called again while the role is still stopping.
func (x *exec) endTerm(reason Reason) {
	if x.term.Token == 0 {
		return
	}
	switch reason {
	case NodeLost:
		x.forgetNode()
		x.lost = true
	case Deposed, SessionExpired:
		x.lost = true
	}
	if x.lost {
		x.renewal = 0
		x.boundStop()
	}
	if x.reason != NoReason {
		return
	}
	x.reason = reason
	switch x.role {
	case roleOn:
		x.role = roleStopping
		x.emit(Effect{Kind: StopRole, Term: x.term, Reason: reason})
	case roleOff:
		x.termOver()
	}
}

// boundStop: others may have the place from now on, however long the session lives. The role still gets its grace before it is
// reported.
func (x *exec) boundStop() {
	if x.stopBy == 0 {
		x.stopBy = min(x.alive, x.now.Add(x.cfg.grace(x.timeout)))
	}
}

func (x *exec) roleReturned(err error) {
	if x.role == roleOff {
		return
	}
	x.roleErr = err
	if x.role == roleOn {
		x.reason = RoleEnded
		if err != nil {
			x.reason = RoleFailed
		}
		// The gate closes also behind a role that went by itself.
		x.emit(Effect{Kind: StopRole, Term: x.term, Reason: x.reason})
	}
	x.termOver()
}

// termOver: the role has returned, or was never started. Now the place may be given to others.
func (x *exec) termOver() {
	reason := x.reason
	x.tell(Notice{Kind: TermEnded, Node: x.term.Node, Leader: x.cfg.ID, Term: x.term, Reason: reason, Err: x.roleErr})
	x.role, x.renewal, x.term = roleOff, 0, Term{}
	x.leader = ""
	x.rest()
	if x.stopping() {
		x.hurry()
	}
	switch reason {
	case RoleEnded, RoleFailed, Resigned, LeaseTooShort:
		x.postpone()
		if x.node != "" && x.session != 0 {
			x.do(deleteOwn)
			return
		}
	case Preempted:
		// Where something has happened to our node, a look comes first: the register may be another's by now.
		if !x.lost && x.session != 0 && !x.stopping() && x.watches[watchOwn] != 0 {
			x.do(release)
			return
		}
	}
	x.proceed()
}

// postpone sets the wait before the next try. It begins when our node is gone, for that is when the others get their turn. It grows with every term in a row that did not last, and is jittered so that
// candidates that fail alike do not come back alike.
func (x *exec) postpone() {
	wait, most := x.cfg.waitMin(), x.cfg.waitMax()
	if x.now.Sub(x.termBegan) > most {
		x.failures = 0
	}
	for i := 0; i < x.failures && wait < most; i++ {
		wait *= 2
	}
	x.failures++
	wait = min(wait, most)
	x.random = x.random*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
	jitter := int64(x.random>>33) % (int64(wait)/2 + 1)
	x.wait = wait - time.Duration(jitter)
}

// released is the register as a release writes it: the term is over, though its node stands.
func (x *exec) released() Register {
	return Register{Term: x.reg.Term, Released: true, Policy: x.cfg.Policy.name()}
}

func (x *exec) answerEnding(ev Event) {
	s := x.step
	x.step = idle
	if s == deleteOwn {
		x.forgetNode() // deleted, by us or before
		x.proceed()
		return
	}
	// A refusal means that the register is not ours any more, or that an earlier try took effect: a look will tell.
	if errors.Is(ev.Err, coord.ErrNoNode) {
		x.nodeGone()
		return
	}
	x.proceed()
}

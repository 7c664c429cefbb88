package election

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// A claim is one transaction: our node exists, and the register, still at the version of the look, is set to our term. So of all
// who think the place vacant one succeeds, and the holder changes only from the one that was seen gone or released.

// proposal is the register as a claim writes it. It depends only on what the look saw, so that after an unknown outcome it is known
// what to look for.
func (x *exec) proposal() Register {
	return Register{Term: x.reg.Term + 1, Holder: x.node, ID: x.cfg.ID, Policy: x.cfg.Policy.name()}
}

func (x *exec) answerClaiming(ev Event) {
	switch x.step {
	case claim:
		switch {
		case ev.Err != nil:
			x.refused(ev.Err)
		case x.remade(ev.Stat): // we have claimed for a namesake, who will claim over it
			x.nodeGone()
		default:
			x.claimed(ev.Stat.Mzxid)
		}
	case claimFence:
		if ev.Err != nil {
			x.refused(ev.Err)
			return
		}
		x.do(claimVerify)
	case claimVerify:
		x.verifyClaim(ev)
	}
}

// refused: the place is not as it was at the look.
func (x *exec) refused(err error) {
	x.step = idle
	switch {
	case errors.Is(err, coord.ErrNoNode): // ours, or the path, and then ours with it
		x.nodeGone()
	case x.stopping():
		x.proceed()
	case errors.Is(err, coord.ErrBadVersion):
		x.look()
	default:
		x.fail(fmt.Errorf("election %s: claim: %w", x.cfg.Path, err))
	}
}

// verifyClaim decides on a claim whose answer was lost: it took effect exactly if the register is at the next version and says
// what we proposed. Our node's name alone would not do: an older term of ours looks the same.
func (x *exec) verifyClaim(ev Event) {
	if ev.Err != nil {
		x.refused(ev.Err)
		return
	}
	reg, err := ParseRegister(ev.Data)
	if err == nil && reg == x.proposal() && ev.Stat.Version == x.version+1 && !x.remade(ev.Stat) {
		x.claimed(ev.Stat.Mzxid)
		return
	}
	x.refused(coord.ErrBadVersion)
}

// claimed begins the term.
func (x *exec) claimed(token coord.Zxid) {
	x.reg, x.version = x.proposal(), x.version+1
	x.term = Term{Token: token, Number: x.reg.Term, Node: x.node, Version: x.version}
	x.termBegan, x.warmups = x.now, 0
	x.role, x.reason, x.roleErr = roleOff, NoReason, nil
	x.renewal, x.nudged, x.lost, x.stopBy, x.overran = 0, false, false, 0, false
	x.renewAt = x.now.Add(x.renewEvery)
	x.rest()
	x.reread = rereadRegister
	if x.watches[watchOwn] == 0 {
		x.reread |= rereadOwn
	}
	if x.cfg.Policy.Displaces {
		x.reread |= rereadChildren
	}
	x.standby, x.leader = false, x.cfg.ID
	x.tell(Notice{Kind: NowMaster, Node: x.node, Leader: x.cfg.ID, Term: x.term})
	switch {
	case x.failed != nil:
		x.endTerm(Failing)
	case x.leaving:
		x.endTerm(Leaving)
	default:
		x.startRole()
		x.readAgain()
	}
}

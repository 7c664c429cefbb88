package election

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// ErrPolicyMismatch: the election is run by another policy than ours. Were both to go on, each could wait for the other's first.
var ErrPolicyMismatch = errors.New("candidates with different policies")

// A look reads the register first and the children second. A holder is made a child before it is written into the register, so if
// it is not among the children now, it is gone for good; read the other way round, a holder that came in between would look gone.

func (x *exec) look() {
	x.rest()
	if x.watches[watchOwn] == 0 {
		x.do(lookOwn)
		return
	}
	x.do(lookRegister)
}

func (x *exec) answerLooking(ev Event) {
	missing := errors.Is(ev.Err, coord.ErrNoNode)
	switch x.step {
	case lookOwn:
		x.lookedOwn(ev, missing)
	case lookRegister:
		if missing { // somebody deleted the path, which it could not have been with our node under it
			x.nodeGone()
			return
		}
		x.readRegister(ev)
	case lookChildren:
		if missing || x.remade(ev.Stat) { // since the register was read; a child of our node's name is a namesake
			x.nodeGone()
			return
		}
		if x.cfg.Policy.Displaces {
			x.watches[watchChildren] = ev.Call
		}
		x.listed = ev.Stat.Pzxid
		x.rankChildren(ev.Names)
	case checkFirst:
		x.checkedFirst(ev, missing)
	case armPrev:
		x.armedNode(ev, missing, watchPrev, x.prev)
	case readHolder:
		x.readTheHolder(ev, missing)
	case knock:
		x.knocked(ev)
	case armHolder:
		x.armedNode(ev, missing, watchHolder, x.reg.Holder)
	case armRegister:
		x.armedRegister(ev, missing)
	}
}

// lookedOwn compares more than the name, which another may bear by now.
func (x *exec) lookedOwn(ev Event, missing bool) {
	if missing || ev.Stat.EphemeralOwner != x.session || ev.Stat.Czxid != x.czxid {
		x.nodeGone()
		return
	}
	x.watches[watchOwn] = ev.Call
	x.do(lookRegister)
}

func (x *exec) readRegister(ev Event) {
	if x.remade(ev.Stat) {
		x.nodeGone()
		return
	}
	reg, err := ParseRegister(ev.Data)
	if err != nil {
		x.fail(fmt.Errorf("election %s: %w", x.cfg.Path, err))
		return
	}
	x.reg, x.version = reg, ev.Stat.Version
	x.do(lookChildren)
}

// remade: the path was deleted with all its children and made anew, for it is younger than our node. A node with our name is
// another's.
func (x *exec) remade(path coord.Stat) bool { return path.Czxid > x.czxid }

// nodeGone: our candidate node does not stand any more. A new one is made.
func (x *exec) nodeGone() {
	x.forgetNode()
	x.standby, x.leader = false, ""
	x.rest()
	x.proceed()
}

func (x *exec) forgetNode() { x.node, x.czxid, x.watches[watchOwn] = "", 0, 0 }

func (x *exec) rankChildren(names []string) {
	r := x.cfg.Policy.rank(names, x.node, x.foreign)
	if !r.self {
		x.nodeGone()
		return
	}
	x.skip(names)
	x.first, x.prev = r.first, r.prev
	held := x.reg.Holder != "" && x.reg.Holder != x.node && contains(names, x.reg.Holder) && !contains(x.foreign, x.reg.Holder)
	if err := x.policyConflict(held || r.rival); err != nil {
		x.fail(err)
		return
	}
	switch {
	case x.first == x.node && !held:
		x.do(claim)
	case x.reg.Holder == x.node: // a term of ours is over, yet the others take it for standing
		x.do(release)
	case x.reg.Policy == "": // who waits names the policy first, or those of two policies could wait for each other
		x.do(release)
	case x.first == x.node:
		x.do(readHolder)
	case x.cfg.Policy.Displaces:
		x.do(checkFirst)
	default:
		x.do(armPrev)
	}
}

// policyConflict refuses to go on where the register names another policy, unless nobody else is there to be confused.
func (x *exec) policyConflict(others bool) error {
	ours := x.cfg.Policy.name()
	if x.reg.Policy == "" || x.reg.Policy == ours || !others {
		return nil
	}
	return fmt.Errorf("election %s: %w: it is run by %q, this candidate is set to %q: stop all candidates of the one before starting those of the other",
		x.cfg.Path, ErrPolicyMismatch, x.reg.Policy, ours)
}

// skip tells, once for each, of children that are no candidates, and forgets those that are gone.
func (x *exec) skip(names []string) {
	var kept []string
	for _, name := range names {
		known := contains(x.foreign, name)
		if _, ok := ParseNode(name, x.cfg.Policy.Weighted); ok && !known {
			continue
		}
		if !known {
			x.tell(Notice{Kind: SkippedChild, Node: name})
		}
		kept = append(kept, name)
	}
	x.foreign = kept
}

// disown notes that a child with a candidate's name belongs to no session.
func (x *exec) disown(node string) {
	x.tell(Notice{Kind: SkippedChild, Node: node})
	x.foreign = append(x.foreign[:len(x.foreign):len(x.foreign)], node)
}

// checkedFirst ends a look of one who is not first, under a policy that displaces: the watch on the children is armed already.
func (x *exec) checkedFirst(ev Event, missing bool) {
	switch {
	case missing || x.dirty || ev.Stat.Czxid > x.listed:
		x.look()
	case ev.Stat.EphemeralOwner == 0:
		x.disown(x.first)
		x.look()
	default:
		x.settle()
	}
}

// A holder that lives, and ranks behind the first, either leads, and is about to give way if the policy displaces; or it does not know
// that the register names it, and would never find out: a standby watches the node before it, not the register. A claim that was meant
// for an earlier path of the same name does that, or a hand that writes the register. So the first in rank knocks at the holder's node: it
// writes what stands there, and the holder, who watches its own node, looks at the register. A master is not disturbed by that.

func (x *exec) readTheHolder(ev Event, missing bool) {
	switch {
	case missing || x.dirty || ev.Stat.Czxid > x.listed:
		x.look()
	case ev.Stat.EphemeralOwner == 0:
		x.disown(x.reg.Holder)
		x.look()
	default:
		x.payload, x.payloadVersion = ev.Data, ev.Stat.Version
		x.do(knock)
	}
}

func (x *exec) knocked(ev Event) {
	x.payload = nil
	if ev.Err != nil { // something is not as it was at the look
		x.look()
		return
	}
	x.do(armHolder)
}

// armedNode goes on when a node's watch is armed by a read, unless the read differs from the look.
func (x *exec) armedNode(ev Event, missing bool, s slot, node string) {
	if missing || x.dirty || ev.Stat.Czxid > x.listed { // a namesake under a path that was made anew since
		x.look()
		return
	}
	x.watches[s] = ev.Call
	switch {
	case ev.Stat.EphemeralOwner == 0:
		x.disown(node)
		x.look()
	case s == watchHolder:
		x.do(armRegister)
	default:
		x.settle()
	}
}

func (x *exec) armedRegister(ev Event, missing bool) {
	if missing || x.dirty || ev.Stat.Version != x.version {
		x.look()
		return
	}
	x.watches[watchRegister] = ev.Call
	x.settle()
}

// settle: all watches that this standby needs are armed.
func (x *exec) settle() {
	x.step = idle
	leader := ""
	if x.reg.Holder != "" && x.reg.Holder != x.node {
		leader = x.reg.ID
	}
	if !x.standby || leader != x.leader {
		x.standby, x.leader = true, leader
		x.tell(Notice{Kind: NowStandby, Node: x.node, Leader: leader})
	}
}

func (x *exec) watchFired(ev Event) {
	for s := range slots {
		if ev.Call == 0 || x.watches[s] != ev.Call {
			continue
		}
		x.watches[s] = 0
		switch {
		case x.term.Token != 0:
			x.termWatchFired(s)
		case x.step == idle && s == watchPrev && ev.Change == coord.NodeDeleted && x.prev == x.first && x.prev == x.reg.Holder:
			// The holder was first, we were next, and it is gone: whoever else may have claimed since has changed the
			// register's version, and our claim then fails.
			x.rest()
			x.do(claim)
		case x.step == idle && x.node != "":
			x.look()
		default:
			x.dirty = true
		}
		return
	}
}

package election

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// step is where the chain of calls stands: one call is made, its reply decides on the next.
type step uint8

const (
	idle step = iota

	// Registering: see register_steps.go.
	create       // our candidate node
	makePath     // the election path, or a part of it, when create found none
	createFence  // the outcome of create is unknown: a barrier
	createSearch // list the children after it
	createCheck  // is this one of our session?
	createSpare  // it is, but a lower one is too: delete it

	// Looking: see look.go.
	lookOwn      // watch our own node, should that watch have fired
	lookRegister // first
	lookChildren // second
	checkFirst   // does the first in rank really belong to a session?
	armPrev      // watch the node just before us
	readHolder   // first in rank: what the holder's node says
	knock        // first in rank: write that back, which the holder hears
	armHolder    // first in rank: watch the holder's node
	armRegister  // first in rank: watch the register

	// Claiming: see claim.go.
	claim
	claimFence  // the outcome is unknown: a barrier
	claimVerify // read the register after it

	// Leading: see lead.go.
	leadOwn      // watch our own node
	leadRegister // watch the register
	leadChildren // watch the children, under policies that displace
	leadRival    // does the better candidate really belong to a session?

	// Ending: see end.go.
	release   // write "released" and keep the node
	deleteOwn // give up the node
)

var stepNames = [...]string{"idle", "create", "make path", "create fence", "create search", "create check", "create spare",
	"look own", "look register", "look children", "check first", "arm prev", "read holder", "knock", "arm holder", "arm register",
	"claim", "claim fence", "claim verify", "lead own", "lead register", "lead children", "lead rival", "release", "delete own"}

func (s step) String() string { return stepNames[s] }

// mustFinish: this step's call, once made, may leave something behind that we would not know of.
func (s step) mustFinish() bool { return s == create || s == claim || s == release || s.mustRepeat() }

// mustRepeat: this step finds out about, or removes, what is left behind.
func (s step) mustRepeat() bool {
	return s >= createFence && s <= createSpare || s == claimFence || s == claimVerify || s == deleteOwn
}

// do makes the step's call, now or when the connection is back. A step can be repeated: its call is built from the state.
func (x *exec) do(s step) {
	x.step, x.call, x.retryAt = s, 0, 0
	if !x.connected {
		return
	}
	c := x.build(s)
	x.lastCall++
	c.ID = x.lastCall
	x.call, x.madeIn = c.ID, x.breaks
	x.emit(Effect{Kind: DoCall, Call: c})
}

func (x *exec) build(s step) Call {
	path := x.cfg.Path
	switch s {
	case create:
		prefix := nodePrefix(x.cfg.ID, x.cfg.Weight, x.cfg.Policy.Weighted)
		return Call{Kind: CallCreate, Path: coord.JoinPath(path, prefix), Data: x.cfg.Data, Mode: coord.EphemeralSequential}
	case makePath:
		return Call{Kind: CallCreate, Path: path[:x.part], Mode: coord.Persistent}
	case createFence, claimFence:
		return Call{Kind: CallMulti, Ops: []coord.Op{coord.CheckOp(path, coord.AnyVersion)}}
	case createSearch:
		return Call{Kind: CallChildren, Path: path}
	case createCheck, createSpare:
		return x.buildFound(s)
	case lookOwn:
		return Call{Kind: CallGet, Path: x.child(x.node), Watch: true}
	case lookRegister, claimVerify:
		return Call{Kind: CallGet, Path: path}
	case lookChildren, leadChildren:
		return Call{Kind: CallChildren, Path: path, Watch: x.cfg.Policy.Displaces}
	case checkFirst, leadRival:
		return Call{Kind: CallGet, Path: x.child(x.first)}
	case armPrev:
		return Call{Kind: CallGet, Path: x.child(x.prev), Watch: true}
	case readHolder:
		return Call{Kind: CallGet, Path: x.child(x.reg.Holder)}
	case knock:
		return Call{Kind: CallMulti, Ops: []coord.Op{
			coord.CheckOp(x.child(x.node), coord.AnyVersion),
			coord.CheckOp(path, x.version),
			coord.SetOp(x.child(x.reg.Holder), x.payload, x.payloadVersion),
		}}
	case armHolder:
		return Call{Kind: CallGet, Path: x.child(x.reg.Holder), Watch: true}
	case armRegister, leadRegister:
		return Call{Kind: CallGet, Path: path, Watch: true}
	case leadOwn:
		return Call{Kind: CallGet, Path: x.child(x.term.Node), Watch: true}
	case claim:
		return Call{Kind: CallMulti, Ops: []coord.Op{
			coord.CheckOp(x.child(x.node), coord.AnyVersion),
			coord.SetOp(path, x.proposal().Encode(), x.version),
		}}
	case release:
		return Call{Kind: CallMulti, Ops: []coord.Op{
			coord.CheckOp(x.child(x.node), coord.AnyVersion),
			coord.SetOp(path, x.released().Encode(), x.version),
		}}
	case deleteOwn:
		return Call{Kind: CallDelete, Path: x.child(x.node), Version: coord.AnyVersion}
	}
	panic(fmt.Sprintf("election: no call for %v in %+v", s, *x.Machine))
}

func (x *exec) child(node string) string { return coord.JoinPath(x.cfg.Path, node) }

// reply takes the answer to the chain's call or to the renewal. Any other answer is late: what it is about has been given up.
func (x *exec) reply(ev Event) {
	switch ev.Call {
	case 0:
	case x.renewal:
		x.renewed(ev)
	case x.call:
		x.call = 0
		x.answer(ev)
	}
}

func (x *exec) answer(ev Event) {
	switch {
	case sessionOver(ev.Err):
		return
	case uncertain(ev.Err):
		x.unanswered()
		return
	case fatal(ev.Err) && x.step == deleteOwn:
		x.failed = errors.Join(x.failed, fmt.Errorf("election %s: %v: %w", x.cfg.Path, x.step, ev.Err))
		x.finish(false)
		return
	case fatal(ev.Err) && x.step == knock: // writing there may be forbidden to us
		x.do(armHolder)
		return
	case fatal(ev.Err):
		x.ghosts = x.ghosts || x.step >= createFence && x.step <= createSpare
		s := x.step
		x.step = idle
		x.fail(fmt.Errorf("election %s: %v: %w", x.cfg.Path, s, ev.Err))
		return
	}
	switch s := x.step; {
	case s <= createSpare:
		x.answerRegistering(ev)
	case s <= armRegister:
		x.answerLooking(ev)
	case s <= claimVerify:
		x.answerClaiming(ev)
	case s <= leadRival:
		x.answerLeading(ev)
	default:
		x.answerEnding(ev)
	}
}

// unanswered repeats the step, or finds out first what became of it if repeating could do harm. With the connection gone it waits
// for another; otherwise for a moment, so that a service in trouble is not beset.
func (x *exec) unanswered() {
	switch x.step {
	case create:
		x.step = createFence
	case claim:
		x.step = claimFence
	}
	switch {
	case !x.connected:
	case x.madeIn != x.breaks:
		x.do(x.step)
	default:
		x.retryAt = x.now.Add(x.timeout / 20)
	}
}

// fatal: neither a refusal that the steps expect, nor one that time mends.
func fatal(err error) bool {
	for _, expected := range []error{nil, coord.ErrNoNode, coord.ErrNodeExists, coord.ErrBadVersion, coord.ErrNotEmpty} {
		if errors.Is(err, expected) {
			return false
		}
	}
	return true
}

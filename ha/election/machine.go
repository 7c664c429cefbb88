package election

import (
	"errors"
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// Machine is one candidate of one election. It is a plain value: a copy is an independent Machine in the same state. Make it with
// [New].
type Machine struct {
	cfg *Config

	// The session.
	session    coord.SessionID // 0: none
	connected  bool
	alive      coord.Instant
	timeout    time.Duration
	renewEvery time.Duration

	// The chain of calls: at most one is under way, beside the renewal.
	lastCall CallID
	step     step
	call     CallID        // of step; 0: not made yet, for want of a connection or until retryAt
	retryAt  coord.Instant // when to make it
	breaks   uint32        // how often the connection was lost
	madeIn   uint32        // breaks when the call was made

	// What we know.
	node           string     // our candidate node; empty: none that we count on
	czxid          coord.Zxid // of that node: names repeat only where the path was deleted and made anew
	reg            Register   // at the last look
	version        int32      // of the register
	listed         coord.Zxid // the last change of the children that the look saw
	first          string     // the candidate that ranks first, at the last look
	prev           string     // the one just before us
	foreign        []string   // children that look like candidates and are none; never changed in place
	found          []string   // own-looking children yet to be inspected after a create with an unknown outcome; likewise
	payload        []byte     // of the holder's node, to be written back
	payloadVersion int32
	part           int // how many bytes of the path are to be made next, where it is missing

	// Armed watches, by the call that armed each.
	watches [slots]CallID
	dirty   bool // a watch fired while the look it belongs to was still under way
	leader  string
	standby bool // observers were told

	// The term; Token is 0 outside of one.
	term      Term
	role      roleState
	reason    Reason // why the term is to end
	roleErr   error
	reread    reread
	renewal   CallID // under way
	renewSent coord.Instant
	renewAt   coord.Instant // when the next is due
	nudged    bool          // the connection was given up over this renewal
	lost      bool          // node, register or session are not ours any more: there is nothing to renew or release
	stopBy    coord.Instant // once lost: when the role must have returned; 0: when the session may be over
	overran   bool
	termBegan coord.Instant
	warmups   uint8 // renewals in a row whose lease was too short to start the role

	// The end.
	wait      time.Duration // from when our node is gone to when we register again, after a role ended by itself
	waitUntil coord.Instant // no registering before that
	failures  int           // terms in a row that ended so
	random    uint64
	leaving   bool
	leaveBy   coord.Instant
	failed    error
	ghosts    bool // a node of ours may stand that we could not find
	finished  bool
}

type roleState uint8

const (
	roleOff roleState = iota
	roleOn
	roleStopping
)

// slot is what a watch is for.
type slot uint8

const (
	watchPrev slot = iota
	watchHolder
	watchRegister
	watchChildren
	watchOwn
	slots
)

// New returns a Machine that waits for Start. The Config must be valid and must not change.
func New(cfg *Config) Machine {
	return Machine{cfg: cfg, random: cfg.Seed}
}

// Step tells the Machine what happened, at the instant now, and appends what is to be done to effects.
func (m *Machine) Step(now coord.Instant, ev Event, effects []Effect) []Effect {
	if m.finished {
		return effects
	}
	x := &exec{Machine: m, now: now, effects: effects}
	if ev.Alive != 0 {
		m.alive = ev.Alive
	}
	x.handle(ev)
	x.watchTheClock()
	return x.effects
}

// exec is a Machine during one Step.
type exec struct {
	*Machine
	now     coord.Instant
	effects []Effect
}

func (x *exec) handle(ev Event) {
	switch ev.Kind {
	case Tick:
	case Start:
		x.proceed()
	case Opened:
		x.opened(ev)
	case Suspended:
		x.suspended()
	case Resumed:
		x.resumed(ev)
	case Expired:
		x.expired()
	case Reply:
		x.reply(ev)
	case WatchFired:
		x.watchFired(ev)
	case RoleReturned:
		x.roleReturned(ev.Err)
	case Resign:
		x.endTerm(Resigned)
	case Leave:
		x.leave()
	default:
		panic(fmt.Sprintf("election: unknown event %d in %+v", ev.Kind, *x.Machine))
	}
}

func (x *exec) opened(ev Event) {
	if x.session != 0 {
		panic(fmt.Sprintf("election: a session was opened beside the present one: %+v", *x.Machine))
	}
	x.session, x.connected = ev.Session, true
	x.timeout, x.renewEvery, x.alive = ev.Timeout, ev.RenewEvery, ev.Alive
	if err := x.cfg.fits(ev.Timeout); err != nil {
		x.fail(err)
		return
	}
	x.proceed()
}

func (x *exec) suspended() {
	if x.session == 0 || !x.connected {
		return
	}
	x.connected = false
	x.breaks++
	x.warmups = 0
	x.renewal = 0 // whatever became of it, the next must prove it anew
	x.tell(Notice{Kind: NowSuspended})
	if x.cfg.OnSuspend == StopAtOnce {
		x.endTerm(ConnectionLost)
	}
}

func (x *exec) resumed(ev Event) {
	if x.session == 0 {
		return
	}
	x.timeout, x.renewEvery = ev.Timeout, ev.RenewEvery
	if x.connected { // the loss in between was not told
		return
	}
	x.connected = true
	x.tell(Notice{Kind: NowResumed})
	x.renewAt = x.now
	if err := x.cfg.fits(ev.Timeout); err != nil {
		x.fail(err)
	}
	if x.step != idle && x.call == 0 {
		x.do(x.step)
	}
}

// expired forgets all that went with the session. What a late reply of it says concerns nobody any more: numbers do not repeat.
func (x *exec) expired() {
	if x.session == 0 {
		return
	}
	x.session, x.connected = 0, false
	x.tell(Notice{Kind: SessionGone})
	x.rest()
	x.forgetNode()
	x.ghosts = false
	if x.term.Token != 0 {
		x.endTerm(SessionExpired)
		return
	}
	x.proceed()
}

// rest ends the chain of calls and forgets the watches, but for that of our own node: it stands as long as the node does.
func (x *exec) rest() {
	x.step, x.call = idle, 0
	x.watches = [slots]CallID{watchOwn: x.watches[watchOwn]}
	x.dirty = false
}

// proceed takes up what is next when there is no term: it is where every way that ends one, or a session, leads.
func (x *exec) proceed() {
	if x.wait != 0 && x.node == "" {
		x.waitUntil, x.wait = x.now.Add(x.wait), 0
	}
	switch {
	case x.term.Token != 0:
		panic(fmt.Sprintf("election: going on beside a term: %+v", *x.Machine))
	case x.session == 0 && x.stopping():
		x.finish(true)
	case x.session == 0:
		x.emit(Effect{Kind: OpenSession})
	case x.stopping() && x.node != "":
		x.do(deleteOwn)
	case x.stopping():
		x.finish(true)
	case x.node != "":
		x.look()
	case x.now < x.waitUntil:
		x.rest()
	default:
		x.do(create)
	}
}

// stopping: the candidate is on its way out.
func (x *exec) stopping() bool { return x.leaving || x.failed != nil }

// fail is for errors that nothing here can mend: the candidate leaves, and reports them.
func (x *exec) fail(err error) {
	if x.failed == nil {
		x.failed = err
	}
	x.depart(Failing)
}

func (x *exec) leave() {
	if x.leaving {
		return
	}
	x.leaving = true
	x.depart(Leaving)
}

// depart ends the term, if there is one, waits for a create or claim whose outcome must be known first, and else proceeds.
func (x *exec) depart(reason Reason) {
	x.hurry()
	switch {
	case x.term.Token != 0:
		x.endTerm(reason)
	case x.session != 0 && x.call != 0 && x.step.mustFinish():
	case x.session != 0 && x.step.mustRepeat():
	case x.session == 0:
		x.finish(true)
	default:
		x.rest()
		x.proceed()
	}
}

// hurry bounds what is left to do when nothing but the service is waited for.
func (x *exec) hurry() { x.leaveBy = x.now.Add(max(x.timeout, time.Second)) }

func (x *exec) finish(clean bool) {
	x.rest()
	x.finished = true
	x.emit(Effect{Kind: Finished, Err: x.failed, Clean: clean && !x.ghosts})
}

func (x *exec) emit(e Effect) { x.effects = append(x.effects, e) }

func (x *exec) tell(n Notice) { x.emit(Effect{Kind: Tell, Notice: n}) }

// uncertain reports whether the call may or may not have taken effect.
func uncertain(err error) bool { return errors.Is(err, coord.ErrConnectionLoss) }

// sessionOver reports whether the session has ended; an Expired event will say so.
func sessionOver(err error) bool {
	return errors.Is(err, coord.ErrSessionExpired) || errors.Is(err, coord.ErrClosed)
}

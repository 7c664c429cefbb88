package simulate

import (
	"fmt"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// Invariant names a promise of docs/correctness.md.
type Invariant string

// The promises.
const (
	S1    Invariant = "S1"    // one process at most acts as master
	S2    Invariant = "S2"    // tokens grow
	S3    Invariant = "S3"    // a store that checks tokens takes nothing older after something newer
	S4    Invariant = "S4"    // the register changes hands only over a vacant place
	S5    Invariant = "S5"    // a fenced transaction commits only within its term
	S6    Invariant = "S6"    // a process has one candidate node, and that goes with its session
	L1    Invariant = "L1"    // a master is there in time
	L2    Invariant = "L2"    // and is the one that the policy wants
	L3    Invariant = "L3"    // nobody waits for what cannot come
	E1    Invariant = "E1"    // a fail-over wakes one standby
	E2    Invariant = "E2"    // a short disconnect changes nothing
	E3    Invariant = "E3"    // who is idle sends nothing but renewals
	Lease Invariant = "lease" // no session ends before the instant until which it surely lives
	Sound Invariant = "sound" // machine and world keep to what they owe each other
)

// Violation is a promise seen broken.
type Violation struct {
	Invariant Invariant
	At        coord.Instant // true time
	After     time.Duration // since the Checker was first told the time
	Detail    string
}

func (v *Violation) Error() string {
	return fmt.Sprintf("%s is broken after %v: %s", v.Invariant, v.After, v.Detail)
}

// Checker holds a history against the promises on safety, as it unfolds. Make it with [NewChecker], tell it the time with
// [Checker.At] and what happens with its other methods. All instants are of true time: a Checker knows of no node's clock.
// It keeps the first violation.
type Checker struct {
	now       coord.Instant
	began     coord.Instant // 0: not told yet
	procs     []proc
	claims    []claim // the last ones, oldest first
	written   uint64  // the number of the term whose write the store took last
	lax       bool    // the lease's assumptions do not hold: what rests on them is counted, not judged
	outside   int     // so counted
	violation *Violation
}

// proc is a process, or one after another in the same place.
type proc struct {
	on      bool
	token   coord.Zxid
	until   coord.Instant // when its lease is over: nobody else may act before
	elected coord.Zxid    // its last claim that it knows of
	claimed coord.Zxid    // the claim that its role rests on
	meddled coord.Zxid    // claims up to this one are excused
}

// claim is a term as the service knows it. What its master takes for its token need not be its zxid: a token is judged by nothing but how
// it stands to those of other terms.
type claim struct {
	order uint64
	proc  int
	zxid  coord.Zxid
	token coord.Zxid // as its master knows it; 0 until then
}

// claimsKept bounds how late a master may learn of its claim: later ones are not checked.
const claimsKept = 64

// NewChecker returns a Checker of that many processes.
func NewChecker(procs int) *Checker { return &Checker{procs: make([]proc, procs)} }

// At tells the time. It must not go back.
func (k *Checker) At(now coord.Instant) {
	k.now = now
	if k.began == 0 {
		k.began = now
	}
}

// Violation returns the first promise that was broken, or nil.
func (k *Checker) Violation() *Violation { return k.violation }

func (k *Checker) broken(i Invariant, format string, args ...any) {
	if k.violation == nil {
		k.violation = &Violation{i, k.now, k.now.Sub(k.began), fmt.Sprintf(format, args...)}
	}
}

// RoleStarted: the role of a process runs, for the term with that token, and may act until that instant unless told otherwise.
func (k *Checker) RoleStarted(p int, token coord.Zxid, until coord.Instant) {
	if k.procs[p].on {
		k.broken(S1, "process %d starts a role beside another", p)
	}
	k.procs[p].on, k.procs[p].token, k.procs[p].until, k.procs[p].claimed = true, token, until, k.procs[p].elected
	k.oneMaster()
}

// LeaseGrew: it may act for longer.
func (k *Checker) LeaseGrew(p int, until coord.Instant) {
	k.procs[p].until = until
	k.oneMaster()
}

// RoleReturned: the role has come back, or its process is dead.
func (k *Checker) RoleReturned(p int) { k.procs[p].on = false }

// Meddled: an administrator took away what the process's claims up to that transaction rest on. Until the role of such a term has
// returned another may act beside it; tokens still protect.
func (k *Checker) Meddled(p int, zxid coord.Zxid) { k.procs[p].meddled = zxid }

// Excused reports whether an administrator took away what the role of a process rests on.
func (k *Checker) Excused(p int) bool { return k.procs[p].excused() }

func (p *proc) excused() bool { return p.meddled != 0 && p.claimed <= p.meddled }

// oneMaster is S1. Between two events nobody begins to act, so it is enough to look when somebody may act, or may for longer.
func (k *Checker) oneMaster() {
	n := 0
	for i := range k.procs {
		if k.procs[i].acts(k.now) {
			n++
		}
	}
	if n <= 1 {
		return
	}
	if k.lax {
		k.outside++
		return
	}
	var who []string
	for i, p := range k.procs {
		if p.acts(k.now) {
			who = append(who, fmt.Sprintf("process %d with token %v until %v", i, p.token, p.until.Sub(k.began)))
		}
	}
	k.broken(S1, "%s", strings.Join(who, ", "))
}

func (p *proc) acts(now coord.Instant) bool { return p.on && now < p.until && !p.excused() }

// SessionOver: the service has ended the session of a process by itself, though it surely lived until that instant.
func (k *Checker) SessionOver(p int, until coord.Instant) {
	switch {
	case k.now >= until:
	case k.lax:
		k.outside++
	default:
		k.broken(Lease, "the session of process %d is over %v before it could be", p, until.Sub(k.now))
	}
}

// RegisterChange is one change of an election's register, as the service carried it out.
type RegisterChange struct {
	Zxid          coord.Zxid
	By            coord.SessionID
	Proc          int // whose session that is
	Before, After election.Register
	HolderOwner   coord.SessionID // of Before's holder's node; 0 if that is gone
	ClaimerOwner  coord.SessionID // of After's
	First         string          // of the candidates then, under a policy that never displaces; empty under others
}

// RegisterChanged is S4, and L2 where nobody who comes later can be better; and it notes the claim.
func (k *Checker) RegisterChanged(c *RegisterChange) {
	vacant := c.Before.Holder == "" || c.HolderOwner == 0
	switch {
	case c.After.Released && c.Before.Holder != "" && c.HolderOwner != c.By:
		k.broken(S4, "session %v released what %q holds, of session %v", c.By, c.Before.Holder, c.HolderOwner)
	case c.After.Released:
		return
	case c.ClaimerOwner != c.By:
		k.broken(S4, "session %v claimed for %q, of session %v", c.By, c.After.Holder, c.ClaimerOwner)
	case !vacant && c.Before.Holder != c.After.Holder:
		k.broken(S4, "%q took the place of %q, whose node stands", c.After.Holder, c.Before.Holder)
	case c.First != "" && c.First != c.After.Holder:
		k.broken(L2, "%q claimed, though it was the turn of %q", c.After.Holder, c.First)
	}
	if n := len(k.claims); n > 0 && c.Zxid <= k.claims[n-1].zxid {
		k.broken(Sound, "claim %v comes after claim %v", c.Zxid, k.claims[n-1].zxid)
	}
	if len(k.claims) == claimsKept {
		k.claims = k.claims[:copy(k.claims, k.claims[1:])]
	}
	order := uint64(1)
	if n := len(k.claims); n > 0 {
		order = k.claims[n-1].order + 1
	}
	k.claims = append(k.claims, claim{order: order, proc: c.Proc, zxid: c.Zxid})
}

// Elected is S2: a process holds that it has a term with that token. It is that of its last claim that it did not know of.
func (k *Checker) Elected(p int, token coord.Zxid) {
	mine := -1
	for i := range k.claims {
		if k.claims[i].proc == p && k.claims[i].token == 0 {
			mine = i
		}
	}
	if mine < 0 {
		k.broken(S2, "process %d has token %v of no claim of its own", p, token)
		return
	}
	for i, c := range k.claims {
		if c.token != 0 && (i < mine) != (c.token < token) {
			k.broken(S2, "term %d has token %v, term %d has %v", c.order, c.token, k.claims[mine].order, token)
		}
	}
	k.claims[mine].token = token
	k.procs[p].elected = k.claims[mine].zxid
}

// Stored is S3: a write with that token reached a store that checks them.
func (k *Checker) Stored(p int, token coord.Zxid, accepted bool) {
	if !accepted {
		return
	}
	for _, c := range k.claims {
		if c.token != token {
			continue
		}
		if c.order < k.written {
			k.broken(S3, "the store took a write of process %d for term %d after one for term %d", p, c.order, k.written)
		}
		k.written = c.order
	}
}

// Fenced is S5: a transaction of a process's term with that token was committed, while the register was as the transaction present had left
// it. That must be the claim of that term.
func (k *Checker) Fenced(p int, token, present coord.Zxid) {
	for i := range k.claims {
		if c := &k.claims[i]; c.proc == p && c.token == token && c.zxid == present {
			return
		}
	}
	k.broken(S5, "a transaction of process %d with token %v was committed when the register was at %v", p, token, present)
}

// Candidates is S6: so many candidate nodes stand of the session of a process that has just registered.
func (k *Checker) Candidates(p, n int) {
	if n > 1 {
		k.broken(S6, "process %d has %d candidate nodes", p, n)
	}
}

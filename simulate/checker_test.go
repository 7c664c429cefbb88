package simulate

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// told is what a Checker is told, in order. Times are in seconds.
type told func(k *Checker)

func at(s float64) told { return func(k *Checker) { k.At(instant(s)) } }

func instant(s float64) coord.Instant { return began.Add(time.Duration(s * float64(time.Second))) }

func starts(p int, token coord.Zxid, until float64) told {
	return func(k *Checker) { k.RoleStarted(p, token, instant(until)) }
}

// leads: process p claims a vacant place with that transaction, learns of it, and starts its role.
func leads(p int, zxid coord.Zxid, until float64) told {
	return func(k *Checker) {
		for _, tell := range []told{claims(p, zxid, never, 0), elected(p, zxid), starts(p, zxid, until)} {
			tell(k)
		}
	}
}

func grows(p int, until float64) told { return func(k *Checker) { k.LeaseGrew(p, instant(until)) } }
func returns(p int) told              { return func(k *Checker) { k.RoleReturned(p) } }
func meddled(p int, z coord.Zxid) told {
	return func(k *Checker) { k.Meddled(p, z) }
}
func elected(p int, token coord.Zxid) told { return func(k *Checker) { k.Elected(p, token) } }
func stored(p int, token coord.Zxid, accepted bool) told {
	return func(k *Checker) { k.Stored(p, token, accepted) }
}
func fenced(p int, token, present coord.Zxid) told {
	return func(k *Checker) { k.Fenced(p, token, present) }
}
func over(p int, until float64) told { return func(k *Checker) { k.SessionOver(p, instant(until)) } }
func candidates(p, n int) told       { return func(k *Checker) { k.Candidates(p, n) } }

// claims: process p, whose session is p+1, claims over before, whose node is owned by holder.
func claims(p int, zxid coord.Zxid, before election.Register, holder coord.SessionID) told {
	return func(k *Checker) {
		k.RegisterChanged(&RegisterChange{
			Zxid: zxid, By: coord.SessionID(p + 1), Proc: p, Before: before, HolderOwner: holder,
			After: election.Register{Term: before.Term + 1, Holder: nodeOf(p), Policy: "oldest"}, ClaimerOwner: coord.SessionID(p + 1),
		})
	}
}

func releases(p int, zxid coord.Zxid, before election.Register, holder coord.SessionID) told {
	return func(k *Checker) {
		k.RegisterChanged(&RegisterChange{
			Zxid: zxid, By: coord.SessionID(p + 1), Proc: p, Before: before, HolderOwner: holder,
			After: election.Register{Term: before.Term, Released: true, Policy: "oldest"},
		})
	}
}

func nodeOf(p int) string { return string(rune('a' + p)) }

func held(term uint64, p int) election.Register {
	return election.Register{Term: term, Holder: nodeOf(p), Policy: "oldest"}
}

var never = election.Register{}

func TestGoodHistoriesAreAccepted(t *testing.T) {
	for name, history := range map[string][]told{
		"one after another": {claims(0, 5, never, 0), elected(0, 5), starts(0, 5, 3), at(1), returns(0), claims(1, 9, held(1, 0), 0), elected(1, 9), starts(1, 9, 4)},
		"the first stands still until its lease is over": {leads(0, 5, 3), at(3), leads(1, 9, 6), at(4), returns(0)},
		"a lease that grew, then ended":                  {leads(0, 5, 3), at(1), grows(0, 4), at(4), leads(1, 9, 6)},
		"an administrator took the first one's node":     {leads(0, 5, 3), at(1), meddled(0, 7), leads(1, 9, 6)},
		"meddled with, then in a new term":               {meddled(0, 7), leads(0, 9, 3), at(3), leads(1, 11, 6)},
		"released, then claimed":                         {claims(0, 5, never, 0), releases(0, 7, held(1, 0), 1), claims(1, 9, election.Register{Term: 1, Released: true}, 0)},
		"claimed over the own old term":                  {claims(0, 5, never, 0), claims(0, 7, held(1, 0), 1)},
		"named the policy in a register never held":      {releases(1, 5, never, 0)},
		"learnt of the own claim late":                   {claims(0, 5, never, 0), claims(1, 9, held(1, 0), 0), elected(1, 9), elected(0, 5)},
		"an old write refused":                           {claims(0, 5, never, 0), elected(0, 5), claims(1, 9, held(1, 0), 0), elected(1, 9), stored(1, 9, true), stored(0, 5, false)},
		"a session over when it could be":                {at(3), over(0, 3)},
		"a fenced transaction in its term":               {claims(0, 5, never, 0), elected(0, 5), fenced(0, 5, 5)},
		"tokens that are no zxids, and grow": {
			claims(0, 5, never, 0), elected(0, 1), starts(0, 1, 3), fenced(0, 1, 5), at(1), meddled(0, 6), claims(1, 9, held(1, 0), 0), elected(1, 2), starts(1, 2, 4), fenced(1, 2, 9),
		},
		"one candidate node": {candidates(0, 1)},
	} {
		if v := judge(history); v != nil {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestBadHistoriesAreRejected(t *testing.T) {
	for name, c := range map[string]struct {
		broken  Invariant
		history []told
	}{
		"two at once":                        {S1, []told{leads(0, 5, 3), at(2.9), leads(1, 9, 6)}},
		"the older one's lease grows beside": {S1, []told{leads(0, 5, 3), at(3), leads(1, 9, 6), at(4), grows(0, 7)}},
		"two at once, meddled with before":   {S1, []told{meddled(0, 4), leads(0, 5, 3), at(1), leads(1, 9, 6)}},
		"two roles in one process":           {S1, []told{leads(0, 5, 3), at(4), leads(0, 9, 6)}},
		"a third beside one that is excused": {S1, []told{leads(0, 5, 3), meddled(0, 7), leads(1, 9, 6), at(1), leads(2, 11, 6)}},
		"a claim with an older number":       {Sound, []told{claims(0, 5, never, 0), claims(1, 4, held(1, 0), 0)}},
		"a token of no claim":                {S2, []told{elected(0, 5)}},
		"a token of another's claim":         {S2, []told{claims(0, 5, never, 0), elected(1, 5)}},
		"two terms with one token":           {S2, []told{claims(0, 5, never, 0), elected(0, 5), claims(1, 9, held(1, 0), 0), elected(1, 5)}},
		"a later term with an older token":   {S2, []told{claims(0, 5, never, 0), elected(0, 5), claims(1, 9, held(1, 0), 0), elected(1, 3)}},
		"an earlier term with a newer token": {S2, []told{claims(0, 5, never, 0), claims(1, 9, held(1, 0), 0), elected(1, 9), elected(0, 11)}},
		"an old write taken":                 {S3, []told{claims(0, 5, never, 0), elected(0, 5), claims(1, 9, held(1, 0), 0), elected(1, 9), stored(1, 9, true), stored(0, 5, true)}},
		"claimed from one whose node stands": {S4, []told{claims(0, 5, never, 0), claims(1, 9, held(1, 0), 1)}},
		"claimed out of turn": {L2, []told{func(k *Checker) {
			k.RegisterChanged(&RegisterChange{By: 2, ClaimerOwner: 2, After: held(1, 1), First: nodeOf(0)})
		}}},
		"claimed for another's node":                       {S4, []told{func(k *Checker) { k.RegisterChanged(&RegisterChange{By: 1, ClaimerOwner: 2, After: held(1, 1)}) }}},
		"claimed for a node that is gone":                  {S4, []told{func(k *Checker) { k.RegisterChanged(&RegisterChange{By: 1, After: held(1, 0)}) }}},
		"released what another holds":                      {S4, []told{claims(0, 5, never, 0), releases(1, 7, held(1, 0), 1)}},
		"a fenced transaction after its term":              {S5, []told{claims(0, 5, never, 0), elected(0, 5), claims(1, 9, held(1, 0), 0), fenced(0, 5, 9)}},
		"a fenced transaction before its register":         {S5, []told{fenced(0, 9, 5)}},
		"a fenced transaction with another's token":        {S5, []told{claims(0, 5, never, 0), elected(0, 5), fenced(1, 5, 5)}},
		"a fenced transaction of an old term of one's own": {S5, []told{claims(0, 5, never, 0), elected(0, 5), claims(0, 9, held(1, 0), 1), elected(0, 9), fenced(0, 5, 9)}},
		"tokens that start over with the path":             {S2, []told{claims(0, 5, never, 0), elected(0, 1), meddled(0, 7), claims(1, 9, never, 0), elected(1, 1)}},
		"two candidate nodes":                              {S6, []told{candidates(0, 2)}},
		"a session over too early":                         {Lease, []told{at(2.999), over(0, 3)}},
	} {
		if v := judge(c.history); v == nil || v.Invariant != c.broken {
			t.Errorf("%s: %v, want %s broken", name, v, c.broken)
		}
	}
}

func judge(history []told) *Violation {
	k := NewChecker(3)
	k.At(began)
	for _, tell := range history {
		tell(k)
	}
	return k.Violation()
}

func TestTheFirstViolationStays(t *testing.T) {
	v := judge([]told{fenced(0, 5, 9), candidates(0, 2)})
	if v == nil || v.Invariant != S5 {
		t.Errorf("got %v", v)
	}
}

func TestWithoutTheLeasesAssumptionsTokensAreStillJudged(t *testing.T) {
	k := NewChecker(2)
	k.lax = true
	k.At(began)
	for _, tell := range []told{leads(0, 5, 3), leads(1, 9, 3), over(0, 3)} {
		tell(k)
	}
	if k.Violation() != nil {
		t.Errorf("judged what rests on the lease: %v", k.Violation())
	}
	fenced(0, 5, 9)(k)
	if k.Violation() == nil {
		t.Error("a transaction of an old term passed")
	}
}

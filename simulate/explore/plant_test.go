package explore

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// A checker that cannot fail is worthless: each of these flaws is planted into what the Machine asks for or is told, and must be
// found, with a schedule that is short.

type stepFunc = func(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect

// calls plants a flaw into the calls that a Machine makes.
func calls(spoil func(m *election.Machine, c *election.Call)) stepFunc {
	return func(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
		effects = m.Step(now, ev, effects)
		for i := range effects {
			if effects[i].Kind == election.DoCall {
				spoil(m, &effects[i].Call)
			}
		}
		return effects
	}
}

func isClaim(c *election.Call) bool {
	return c.Kind == election.CallMulti && len(c.Ops) == 2 && c.Ops[1].Type == coord.OpSet && strings.Contains(string(c.Ops[1].Data), "holder")
}

// claimWithoutVersion: whoever thinks the place vacant takes it.
func claimWithoutVersion(_ *election.Machine, c *election.Call) {
	if isClaim(c) {
		c.Ops[1].Version = coord.AnyVersion
	}
}

// claimWithoutNode: the own node may be gone.
func claimWithoutNode(_ *election.Machine, c *election.Call) {
	if isClaim(c) {
		c.Ops = c.Ops[1:]
	}
}

// watchNothing: a standby never hears that its predecessor is gone.
func watchNothing(_ *election.Machine, c *election.Call) {
	if strings.HasPrefix(c.Path, path+"/") {
		c.Watch = false
	}
}

// releaseTooEarly takes a role that was told to stop for one that has stopped.
func releaseTooEarly(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	effects = m.Step(now, ev, effects)
	for _, e := range effects {
		if e.Kind == election.StopRole && ev.Kind != election.RoleReturned {
			return m.Step(now, election.Event{Kind: election.RoleReturned, Alive: ev.Alive}, effects)
		}
	}
	return effects
}

// createBlindly repeats a create that was not answered without a look at what it made.
func createBlindly(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	return answerBarrier(m, now, ev, effects, coord.ErrNoNode)
}

// searchWithoutBarrier lists the children at once after a create that was not answered.
func searchWithoutBarrier(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	return answerBarrier(m, now, ev, effects, nil)
}

// answerBarrier answers the barrier after a create by itself.
func answerBarrier(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect, err error) []election.Effect {
	effects = m.Step(now, ev, effects)
	for i, e := range effects {
		if e.Kind == election.DoCall && isBarrier(&e.Call) && m.Status().Node == "" {
			answer := election.Event{Kind: election.Reply, Alive: ev.Alive, Call: e.Call.ID, Err: err}
			return m.Step(now, answer, slices.Delete(effects, i, i+1))
		}
	}
	return effects
}

func isBarrier(c *election.Call) bool { return c.Kind == election.CallMulti && len(c.Ops) == 1 }

// claimLostMeansOurs takes a claim that was not answered for one that took effect.
func claimLostMeansOurs(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	if ev.Kind == election.Reply && errors.Is(ev.Err, coord.ErrConnectionLoss) && m.Status().Node != "" {
		ev.Err, ev.Stat = nil, coord.Stat{Version: 1, Czxid: age, Mzxid: age + 1}
	}
	return m.Step(now, ev, effects)
}

// tokenFromCounter numbers terms by a counter in the path.
func tokenFromCounter(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	effects = m.Step(now, ev, effects)
	for i := range effects {
		if n := &effects[i].Notice; effects[i].Kind == election.Tell && n.Kind == election.NowMaster {
			n.Term.Token = coord.Zxid(n.Term.Number)
		}
	}
	return effects
}

// neverRelease keeps the register when a better candidate is there.
func neverRelease(m *election.Machine, now coord.Instant, ev election.Event, effects []election.Effect) []election.Effect {
	return slices.DeleteFunc(m.Step(now, ev, effects), func(e election.Effect) bool {
		if e.Kind != election.DoCall || e.Call.Kind != election.CallMulti {
			return false
		}
		reg, err := election.ParseRegister(e.Call.Ops[len(e.Call.Ops)-1].Data)
		return err == nil && reg.Released && reg.Term > 0
	})
}

// claimWithNothing checks neither.
func claimWithNothing(m *election.Machine, c *election.Call) {
	if isClaim(c) {
		claimWithoutVersion(m, c)
		c.Ops = c.Ops[1:]
	}
}

var flaws = []struct {
	name    string
	promise string // what is seen broken
	options Options
}{
	{"claim without version", "S4", Options{Faults: 1, Kinds: Leave, Policy: election.NewestFirst, Plant: Plant{Step: calls(claimWithoutVersion)}}},
	{"claim without own node", "S4", Options{Faults: 1, Kinds: Delete, Plant: Plant{Step: calls(claimWithoutNode)}}},
	{"claim that checks nothing", "S4", Options{Faults: 1, Kinds: Crash, Policy: election.ByName, Plant: Plant{Step: calls(claimWithNothing)}}},
	{"release before the role returned", "S1", Options{Policy: election.ByName, Plant: Plant{Step: releaseTooEarly}}},
	{"no watch on the predecessor", "L1", Options{Plant: Plant{Step: calls(watchNothing)}}},
	{"create repeated blindly", "S6", Options{Faults: 1, Kinds: Cut, Plant: Plant{Step: createBlindly}}},
	{"search without a barrier", "S6", Options{Faults: 1, Kinds: Cut, Plant: Plant{Step: searchWithoutBarrier}}},
	{"unknown claim taken for ours", "S2", Options{Faults: 1, Kinds: Cut, Plant: Plant{Step: claimLostMeansOurs}}},
	{"token from a counter", "S2", Options{Plant: Plant{Step: tokenFromCounter}}},
	{"no release under preemption", "L3", Options{Policy: election.ByName, Plant: Plant{Step: neverRelease}}},
	{"lease counted from the answer", "S1", Options{Faults: 1, Kinds: Pause, Plant: Plant{
		Proof: func(_, now coord.Instant) coord.Instant { return now + timeout }}}},
	{"lease by the timeout asked for", "S1", Options{Faults: 1, Kinds: Cut, Plant: Plant{
		Proof: func(sent, _ coord.Instant) coord.Instant { return sent + 2*timeout }}}},
	{"no lease", "S1", Options{Faults: 1, Kinds: Cut, Plant: Plant{
		Proof: func(sent, _ coord.Instant) coord.Instant { return sent + 1000*timeout }}}},
}

func TestPlantedFlawsAreFound(t *testing.T) {
	for _, f := range flaws {
		t.Run(f.name, func(t *testing.T) {
			f.options.Nodes, f.options.States = 2, 3e6
			r, err := Walk(f.options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Violation == nil {
				t.Fatalf("not found among %d states", r.Distinct)
			}
			t.Logf("after %d states, %v: %v", r.Distinct, r.Elapsed, r.Violation)
			if !strings.HasPrefix(r.Violation.Promise, f.promise) {
				t.Errorf("%s was expected to be broken", f.promise)
			}
		})
	}
}

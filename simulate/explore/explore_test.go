package explore

import (
	"math/bits"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/ha/election"
)

// complete walks a world to its end, without any promise broken.
func complete(t *testing.T, o Options) *Result {
	t.Helper()
	if raceDetector {
		o.States = 200_000 // it is ten times as slow, and looks for what one goroutine cannot have
	}
	r, err := Walk(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Violation != nil {
		t.Fatal(r.Violation)
	}
	if !r.Complete() && !raceDetector {
		t.Errorf("%d states were left", r.Left)
	}
	t.Logf("%d states generated, %d distinct, %d steps deep, %v", r.Generated, r.Distinct, r.Depth, r.Elapsed)
	return r
}

func TestNothingBreaksWithoutFaults(t *testing.T) {
	for _, policy := range election.Policies() {
		t.Run(policy.Name, func(t *testing.T) {
			complete(t, Options{Nodes: 2, Policy: policy})
		})
	}
}

// TestNothingBreaksWithOneFault walks each kind of fault by itself. Where there is but one fault that is all there is.
func TestNothingBreaksWithOneFault(t *testing.T) {
	for i, name := range kindNames[:bits.Len(uint(Writes))-1] {
		t.Run(name, func(t *testing.T) {
			o := Options{Nodes: 2, Faults: 1, Kinds: 1<<i | Writes | Overtake}
			if o.Kinds&Pause != 0 {
				o.Kinds &^= Overtake // alone twice as many states; docs/explorer.md has the figures
			}
			complete(t, o)
		})
	}
}

func TestNothingBreaksAmongThree(t *testing.T) {
	complete(t, Options{Nodes: 3, Kinds: Overtake})
}

func TestNothingBreaksBetweenTwoOfOneName(t *testing.T) {
	complete(t, Options{Nodes: 2, Faults: 1, Kinds: Wipe | Crash | Leave | Writes, Twins: true})
}

func TestNothingBreaksWhereMastersAreDisplaced(t *testing.T) {
	complete(t, Options{Nodes: 2, Faults: 1, Kinds: Resign | RoleEnds, Policy: election.ByName})
}

func TestNothingBreaksWhereASuspendedMasterStops(t *testing.T) {
	complete(t, Options{Nodes: 2, Faults: 1, Kinds: Crash | Force, OnSuspend: election.StopAtOnce})
}

func TestTheSameWalkSeesTheSame(t *testing.T) {
	o := Options{Nodes: 2, Faults: 1, Kinds: RoleEnds}
	a, b := complete(t, o), complete(t, o)
	a.Elapsed, b.Elapsed = 0, 0
	if *a != *b {
		t.Errorf("one walk: %+v\nanother:  %+v", a, b)
	}
}

func TestABoundedWalkSaysWhatIsLeft(t *testing.T) {
	for _, o := range []Options{{Nodes: 2, States: 1000}, {Nodes: 2, Depth: 10}} {
		r, err := Walk(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Complete() || r.Left == 0 || r.Violation != nil {
			t.Errorf("%+v: %+v", o, r)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{}, {Nodes: MaxNodes + 1}, {Nodes: 1, Faults: -1}, {Nodes: 1, Faults: 10}, {Nodes: 1, States: -1}, {Nodes: 1, Depth: -1}, {Nodes: 2, Faults: 2, Twins: true}} {
		if _, err := Walk(t.Context(), o); err == nil {
			t.Errorf("accepted: %+v", o)
		}
	}
}

func TestKindsAreParsed(t *testing.T) {
	if k, err := ParseKinds("cut,writes"); err != nil || k != Cut|Writes {
		t.Errorf("%v, %v", k, err)
	}
	if k, err := ParseKinds("all"); err != nil || k != AllKinds {
		t.Errorf("%v, %v", k, err)
	}
	if _, err := ParseKinds("cut,x"); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("%v", err)
	}
	if len(kindNames) != bits.Len(uint(AllKinds)) {
		t.Error("a kind has no name")
	}
}

func TestActionsHaveNames(t *testing.T) {
	for a := range catchUp + 1 {
		if a.String() == "" {
			t.Errorf("action %d has no name", a)
		}
	}
}

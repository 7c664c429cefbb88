package explore

import "testing"

func TestNothingBreaksWithoutFaults(t *testing.T) {
	complete(t, Options{Nodes: 2, Kinds: Writes})
}

func TestNothingBreaksWhereAProcessCrashes(t *testing.T) {
	complete(t, Options{Nodes: 2, Faults: 1, Kinds: Crash})
}

// complete walks a world to its end, without any promise broken.
func complete(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := Walk(o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Violation != nil {
		t.Fatal(r.Violation)
	}
	if !r.Complete() {
		t.Errorf("%d states were left", r.Left)
	}
	t.Logf("%d states generated, %d distinct, %d steps deep, %v", r.Generated, r.Distinct, r.Depth, r.Elapsed)
	return r
}

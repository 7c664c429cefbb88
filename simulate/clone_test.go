package simulate

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/ha/election"
)

// TestAClonedWorldGoesItsOwnWay clones worlds in the middle, runs the clones on, and then the originals: with the same choices both must
// come to the same, and the original must not have noticed.
func TestAClonedWorldGoesItsOwnWay(t *testing.T) {
	for seed := range uint64(20) {
		o := Options{Seed: seed, For: 12 * time.Second}
		g := NewGenerator(seed)
		w := NewWorld(o, g, nil)
		w.run(began.Add(time.Duration(1+seed%10) * time.Second))
		copied, other := *g, *NewGenerator(seed + 1000)
		d, stray := w.Clone(&copied), w.Clone(&other)
		finish(stray)
		finish(d)
		finish(w)
		if a, b := fingerprint(w), fingerprint(d); a != b {
			t.Fatalf("seed %d: the clone came to\n%s\nthe original to\n%s", seed, b, a)
		}
		if w.checker.violation != nil {
			t.Fatalf("seed %d: %v", seed, w.checker.violation)
		}
	}
}

func finish(w *World) {
	if w.run(began.Add(w.For)) {
		w.liveness()
	}
}

func fingerprint(w *World) string {
	r := Result{Events: w.events, Elapsed: w.Elapsed(), Seen: w.seen}
	return r.Elapsed.String() + r.Seen.String() + string(w.tree.AppendTo(nil))
}

// TestACandidateMayLeaveBeforeItIsConnected: a seed of a long run had nobody connected yet when all were asked to leave.
func TestACandidateMayLeaveBeforeItIsConnected(t *testing.T) {
	w := NewWorld(Options{Seed: 1, Nodes: 2, Quiet: true}, NewGenerator(1), nil)
	for i := range w.nodes {
		w.step(&w.nodes[i], election.Event{Kind: election.Leave})
	}
	finish(w)
	if w.checker.violation != nil {
		t.Error(w.checker.violation)
	}
}

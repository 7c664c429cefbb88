package simulate_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/simulate"
)

var rewrite = flag.Bool("rewrite", false, "write the digests in testdata anew")

func TestNoPromiseIsBroken(t *testing.T) {
	runs := uint64(150)
	if testing.Short() {
		runs = 60
	}
	var seen simulate.Seen
	for seed := range runs {
		r := simulate.Run(simulate.Options{Seed: seed})
		if r.Violation != nil {
			r = simulate.Shrink(r, 2000)
			t.Fatalf("seed %d: %s", seed, r.Report())
		}
		seen.Add(&r.Seen)
	}
	for i, n := range seen.Marks {
		if n == 0 && simulate.Mark(i) != simulate.OutsideLease {
			t.Errorf("never seen, so never tested: %v", simulate.Mark(i))
		}
	}
}

// TestTokensHoldWhereTheLeaseDoesNot breaks the assumptions of the lease. Two may then believe; the store and the fenced transactions
// must not.
func TestTokensHoldWhereTheLeaseDoesNot(t *testing.T) {
	for seed := range uint64(60) {
		r := simulate.Run(simulate.Options{Seed: seed, Faults: simulate.AllFaults | simulate.Beyond})
		if r.Violation != nil {
			t.Fatalf("seed %d: %s", seed, r.Report())
		}
	}
}

func TestQuietWorldsOfEachPolicyAndSizeKeepTheirPromises(t *testing.T) {
	for _, policy := range []string{"oldest", "newest", "name", "priority"} {
		for nodes := 1; nodes <= 6; nodes++ {
			for servers := 1; servers <= 5; servers += 2 {
				o := simulate.Options{Seed: 1, Nodes: nodes, Servers: servers, Policy: policy, For: 10 * time.Second, Quiet: true}
				if r := simulate.Run(o); r.Violation != nil {
					t.Errorf("%+v: %s", o, r.Report())
				}
			}
		}
	}
}

func TestManyCandidatesOfOneElectionKeepTheirPromises(t *testing.T) {
	r := simulate.Run(simulate.Options{Seed: 2, Nodes: simulate.MaxNodes, For: 20 * time.Second})
	if r.Violation != nil {
		t.Error(r.Report())
	}
}

func TestTheSameSeedGivesTheSameHistory(t *testing.T) {
	for seed := range uint64(8) {
		a, b := simulate.Record(simulate.Options{Seed: seed}), simulate.Record(simulate.Options{Seed: seed})
		if a.History.String() != b.History.String() || a.Events != b.Events {
			t.Errorf("seed %d: two histories", seed)
		}
		if c := simulate.Run(simulate.Options{Seed: seed}); c.Events != a.Events {
			t.Errorf("seed %d: %d events, and %d when they are recorded", seed, c.Events, a.Events)
		}
	}
}

// TestHistoriesAreThoseOfOtherMachines compares with digests from another day. A change of the algorithm or of the world changes
// them, and then -rewrite is right; a change of Go or of the platform must not.
func TestHistoriesAreThoseOfOtherMachines(t *testing.T) {
	var got strings.Builder
	for seed := range uint64(16) {
		r := simulate.Record(simulate.Options{Seed: seed, For: 20 * time.Second})
		fmt.Fprintf(&got, "seed %d: %d events, %x\n", seed, r.Events, sha256.Sum256([]byte(r.History.String())))
	}
	file := filepath.Join("testdata", "digests.txt")
	if *rewrite {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("histories differ from %s (-rewrite, if the world or the algorithm was changed):\n%s", file, got.String())
	}
}

func TestARecordedScheduleReplays(t *testing.T) {
	for seed := range uint64(8) {
		r := simulate.Record(simulate.Options{Seed: seed, For: 20 * time.Second})
		c, err := simulate.ParseCase(r.Case().String())
		if err != nil {
			t.Fatal(err)
		}
		again := simulate.Replay(c.Options, c.Schedule)
		if again.History.String() != r.History.String() || again.Events != r.Events {
			t.Errorf("seed %d: the replay is another history", seed)
		}
	}
}

// TestASmallScheduleOfWhatIsWantedIsFound uses a mark in place of a broken promise.
func TestASmallScheduleOfWhatIsWantedIsFound(t *testing.T) {
	refused := func(r *simulate.Result) bool { return r.Violation == nil && r.Seen.Marks[simulate.FenceRefused] > 0 }
	for seed := range uint64(1000) {
		o := simulate.Options{Seed: seed, Nodes: 3, For: 15 * time.Second}
		if r := simulate.Run(o); !refused(&r) {
			continue
		}
		r := simulate.Record(o)
		small := simulate.ShrinkTo(r, 150, refused)
		if !refused(&small) {
			t.Fatal("what is left does not have it")
		}
		if len(small.Schedule)*8 > len(r.Schedule) {
			t.Errorf("of %d choices %d are left", len(r.Schedule), len(small.Schedule))
		}
		if !strings.Contains(small.History.String(), "write refused by the store") {
			t.Errorf("the history does not show it:\n%s", small.History)
		}
		return
	}
	t.Fatal("no run had a write refused")
}

func TestAnInvalidWorldIsRefused(t *testing.T) {
	for _, o := range []simulate.Options{{Nodes: -1}, {Nodes: 65}, {Servers: 8}, {For: -1}, {Policy: "tallest"}} {
		if o.Validate() == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestAPageShowsARun(t *testing.T) {
	r := simulate.Record(simulate.Options{Seed: 3, Nodes: 3, For: 10 * time.Second})
	var page strings.Builder
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"role"`, `"lane":"n0"`, "no promise is broken", "</html>"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if err := (&simulate.Result{}).WriteHTML(&page); err == nil {
		t.Error("a run without a history was drawn")
	}
}

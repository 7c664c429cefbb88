package coordtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func toyHarness(b bug, lag time.Duration) Harness {
	return Harness{
		New:  func(testing.TB) Service { return newToy(b, lag).service() },
		Wrap: synctest.Test,
		Now:  toyNow,
	}
}

// TestCorrectBackendPasses: the suite asks for nothing that the contract does not promise.
func TestCorrectBackendPasses(t *testing.T) { Run(t, toyHarness(noBug, 0)) }

// TestLaggingBackendPasses: reads may be stale, by the contract, as long as nothing is seen out of order.
func TestLaggingBackendPasses(t *testing.T) { Run(t, toyHarness(noBug, 5*time.Millisecond)) }

// TestCorrectBackendPassesWithoutForcedExpiry: where a harness cannot expire sessions, the suite has silence do it.
func TestCorrectBackendPassesWithoutForcedExpiry(t *testing.T) {
	h := toyHarness(noBug, 0)
	h.New = func(testing.TB) Service { return without(func(c *Client) { c.Expire = nil }) }
	for _, c := range checks() {
		if !slices.Contains(c.needs, Expiry) {
			continue
		}
		if complaints := runRecorded(t, h, c); len(complaints) > 0 {
			t.Errorf("%s: must pass; got %q", c.name, complaints)
		}
	}
}

// without returns a correct service whose clients lack something.
func without(take func(*Client)) Service {
	s := newToy(noBug, 0).service()
	whole := s.NewClient
	s.NewClient = func(t testing.TB) Client {
		c := whole(t)
		take(&c)
		return c
	}
	return s
}

// TestPlantedBugsAreCaught: each bug is caught by the checks that are there for it.
func TestPlantedBugsAreCaught(t *testing.T) {
	byName := map[string]check{}
	for _, c := range checks() {
		byName[c.name] = c
	}
	for _, b := range slices.Sorted(maps.Keys(plants)) {
		t.Run(strings.ReplaceAll(string(b), " ", "_"), func(t *testing.T) {
			for _, name := range plants[b] {
				c, ok := byName[name]
				if !ok {
					t.Fatalf("there is no check %s", name)
				}
				if complaints := runRecorded(t, toyHarness(b, lagFor(b)), c); len(complaints) == 0 {
					t.Errorf("a backend where %s must fail the check %s; it passes", b, name)
				} else {
					t.Logf("%s: %s", name, complaints[0])
				}
			}
		})
	}
}

// lagFor is the lag that a bug needs to show.
func lagFor(b bug) time.Duration {
	switch b {
	case ownWritesAreNotSeen, syncDoesNothing, barrierDoesNothing:
		return 50 * time.Millisecond
	}
	return 0
}

// TestEveryCheckCanFail: a check that no planted bug fails proves nothing.
func TestEveryCheckCanFail(t *testing.T) {
	failed := map[string]bool{}
	for _, names := range plants {
		for _, name := range names {
			failed[name] = true
		}
	}
	for _, c := range checks() {
		if !failed[c.name] {
			t.Errorf("no planted bug is caught by %s", c.name)
		}
	}
}

// TestCheckNamesAreDistinct: a claim is made once.
func TestCheckNamesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range checks() {
		if seen[c.name] || c.run == nil {
			t.Errorf("%s: must be one check, and have a body", c.name)
		}
		seen[c.name] = true
	}
}

// TestChecksLeftOutAreTold: what a harness cannot do leads to one line that says what is not checked.
func TestChecksLeftOutAreTold(t *testing.T) {
	all := checks()
	able, report := selectChecks(all, nil)
	if len(able) != len(all) || report != "" {
		t.Errorf("with every capability, all must run and nothing be told; got %d of %d and %q", len(able), len(all), report)
	}
	able, report = selectChecks(all, []Capability{Cuts, Resets})
	_, list, _ := strings.Cut(report, "are not run: ")
	told := strings.Split(list, ", ")
	for _, c := range all {
		lacking := slices.Contains(c.needs, Cuts) || slices.Contains(c.needs, Resets)
		runs := slices.ContainsFunc(able, func(a check) bool { return a.name == c.name })
		if runs == lacking || lacking != slices.Contains(told, c.name) {
			t.Errorf("%s needs %v: it must run or be told of; it runs: %v, told: %v", c.name, c.needs, runs, !runs)
		}
	}
	if strings.Count(report, "\n") != 0 || !strings.Contains(report, "cuts") || !strings.Contains(report, "resets") {
		t.Errorf("what is lacking must be told in one line; got %q", report)
	}
}

// TestMissingFaultIsAnError: a fault that is neither there nor named as lacking is a mistake in the harness.
func TestMissingFaultIsAnError(t *testing.T) {
	h := toyHarness(noBug, 0)
	h.New = func(testing.TB) Service { return without(func(c *Client) { c.Reset = nil }) }
	c := check{"needs a reset", needs(Resets), func(e *env) { e.open() }}
	complaints := runRecorded(t, h, c)
	if len(complaints) != 1 || !strings.Contains(complaints[0], "resets") {
		t.Errorf("a client without the fault that its harness promised must be told of; got %q", complaints)
	}
}

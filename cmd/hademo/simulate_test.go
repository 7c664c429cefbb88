package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/simulate"
)

// simulated runs `hademo simulate` and returns what it prints.
func simulated(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, logs strings.Builder
	root := newRoot(streams{out: &out, err: &logs})
	root.SetArgs(append([]string{"simulate"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestSimulateSaysHowMuchItLookedAt(t *testing.T) {
	t.Parallel()
	out, err := simulated(t, "--runs", "3", "--for", "5s", "--nodes", "3", "--json")
	var got struct {
		Runs, Events, Terms int
		Seen                map[string]int
		Violation           any
	}
	if err != nil || json.Unmarshal([]byte(out), &got) != nil || !strings.Contains(out, `"violation":null`) || got.Runs != 3 || got.Events < 1000 || got.Terms < 3 || len(got.Seen) == 0 {
		t.Errorf("%v, printed %q", err, out)
	}
	if out, err = simulated(t, "--seed", "7", "--for", "5s"); err != nil || !strings.Contains(out, "no promise is broken: 1 run, seed 7, ") {
		t.Errorf("%v, printed %q", err, out)
	}
}

func TestSimulateDrawsAndReplays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page, kept := filepath.Join(dir, "run.html"), filepath.Join(dir, "run.txt")
	r := simulate.Record(simulate.Options{Seed: 3})
	if err := os.WriteFile(kept, []byte(r.Case().String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := simulated(t, "--replay", kept, "--html", page)
	if err != nil || !strings.Contains(out, "no promise is broken") {
		t.Errorf("%v, printed %q", err, out)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), `"kind":"role"`) {
		t.Errorf("%v: the page shows no role", err)
	}
}

func TestSimulateRefusesWhatItCannotRun(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{
		{"--faults", "rain"}, {"--nodes", "100"}, {"--servers", "-1"}, {"--policy", "tallest"}, {"--for", "-1s"}, {"--runs", "-1"},
		{"--shrink", "-1"}, {"--replay", none, "--seed", "5"}, {"--replay", none, "--faults", "crash"},
		{"--replay", none}, {"--runs", "1", "--for", "1s", "--html", filepath.Join(none, "x")},
	} {
		if _, err := simulated(t, args...); err == nil || errors.Is(err, errBroken) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

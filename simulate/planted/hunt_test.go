package planted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/hamaster/hamaster/internal/overlay"
	"github.com/hamaster/hamaster/simulate"
)

// bug is a flaw that somebody might plant by mistake.
type bug struct {
	name  string
	edits []edit
	adds  string // a file of testdata that becomes one more of ha/election
	hunts []hunt
	clean []string // searches that must find nothing all the same: they leave out what it takes for the flaw to matter
}

// edit replaces text in a source file, where it must stand exactly once.
type edit struct{ file, was, is string }

// hunt is a search that must come across the bug: a command line of hademo, and the promise that is seen broken, or, separated by
// bars, those that may be, whichever is seen first.
type hunt struct{ promise, command string }

// trophy is what a hunt came home with.
type trophy struct {
	bug, promise, by, until, shrunk string
}

func TestPlantedBugsAreFound(t *testing.T) {
	var (
		mu  sync.Mutex
		all []trophy
	)
	t.Run("each", func(t *testing.T) {
		for _, b := range bugs {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				hademo := b.build(t)
				for _, h := range b.hunts {
					found := h.run(t, hademo)
					found.bug = b.name
					mu.Lock()
					all = append(all, found)
					mu.Unlock()
				}
				for _, command := range b.clean {
					nothing(t, hademo, command)
				}
			})
		}
	})
	t.Logf("\n%s", table(all))
	hunts := 0
	for _, b := range bugs {
		hunts += len(b.hunts)
	}
	for _, promise := range promises {
		if len(all) == hunts && !slices.ContainsFunc(all, func(found trophy) bool { return found.promise == promise }) {
			t.Errorf("no planted bug is seen to break %s", promise)
		}
	}
}

// promises are those that a bug must break: a promise that nothing can be seen to break is not checked.
var promises = []string{"S1", "S2", "S3", "S4", "S5", "S6", "L1", "L2", "L3", "E1", "E2", "E3", "lease"}

// TestNothingIsFoundWhereNothingIsPlanted runs every hunt on the sources as they are.
func TestNothingIsFoundWhereNothingIsPlanted(t *testing.T) {
	hademo := bug{}.build(t)
	done := map[string]bool{}
	for _, b := range bugs {
		for _, h := range b.hunts {
			if done[h.command] {
				continue
			}
			done[h.command] = true
			nothing(t, hademo, h.command)
		}
	}
}

// nothing fails the test if a search finds something.
func nothing(t *testing.T, hademo, command string) {
	if out, err := exec.Command(hademo, strings.Fields(command)...).CombinedOutput(); err != nil {
		t.Errorf("hademo %s: %v\n%s", command, err, out)
	}
}

// root is the module's directory.
func root(t *testing.T) string {
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// build makes a hademo with the bug in it.
func (b bug) build(t *testing.T) string {
	sources := overlay.New(root(t), t.TempDir())
	for _, e := range b.edits {
		if err := sources.Edit(e.file, e.was, e.is); err != nil {
			t.Fatal(err)
		}
	}
	if b.adds != "" {
		sources.Add("ha/election/planted.go", "simulate/planted/testdata/"+b.adds)
	}
	hademo, err := sources.Build("./cmd/hademo", "build")
	if err != nil {
		t.Fatal(err)
	}
	return hademo
}

func (h hunt) args() []string { return append(strings.Fields(h.command), "--json") }

// run hunts, and fails the test unless the promise is seen broken.
func (h hunt) run(t *testing.T, hademo string) trophy {
	var out, says bytes.Buffer
	cmd := exec.Command(hademo, h.args()...)
	cmd.Stdout, cmd.Stderr = &out, &says
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err == nil {
		t.Fatalf("hademo %s did not find it:\n%s", h.command, out.String())
	} else if !errors.As(err, &exit) {
		t.Fatal(err)
	}
	found := h.simulated
	if strings.HasPrefix(h.command, "explore") {
		found = h.explored
	}
	got, err := found(out.Bytes())
	if err != nil {
		t.Fatalf("hademo %s: %v\n%s%s", h.command, err, out.String(), says.String())
	}
	if !slices.Contains(strings.Split(h.promise, "|"), got.promise) {
		t.Errorf("hademo %s saw %s broken, and should have seen %s:\n%s", h.command, got.promise, h.promise, out.String())
	}
	return got
}

// simulated reads what `hademo simulate --json` says.
func (h hunt) simulated(out []byte) (trophy, error) {
	var did struct {
		Runs      int
		Violation struct{ Invariant, Case string }
	}
	if err := json.Unmarshal(out, &did); err != nil {
		return trophy{}, err
	}
	c, err := simulate.ParseCase(did.Violation.Case)
	if err != nil {
		return trophy{}, err
	}
	return trophy{promise: did.Violation.Invariant, by: "simulate", until: strconv.Itoa(did.Runs) + " runs", shrunk: fmt.Sprintf("%d choices", len(c.Schedule))}, nil
}

// explored reads what `hademo explore --json` says.
func (h hunt) explored(out []byte) (trophy, error) {
	var did struct {
		Distinct  int
		Violation struct {
			Promise  string
			Schedule []string
		}
	}
	if err := json.Unmarshal(out, &did); err != nil {
		return trophy{}, err
	}
	promise, _, _ := strings.Cut(did.Violation.Promise, ":")
	return trophy{promise: promise, by: "explore", until: strconv.Itoa(did.Distinct) + " states", shrunk: fmt.Sprintf("%d steps", len(did.Violation.Schedule))}, nil
}

func table(all []trophy) string {
	order := map[string]int{}
	for i, b := range bugs {
		order[b.name] = i
	}
	slices.SortStableFunc(all, func(a, b trophy) int { return order[a.bug] - order[b.bug] })
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "planted\tbroken\tfound by\tafter\tshrunk to")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.bug, f.promise, f.by, f.until, f.shrunk)
	}
	w.Flush()
	return text.String()
}

package planted

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/hamaster/hamaster/internal/overlay"
)

// flaw is what somebody might do to the shell by mistake.
type flaw struct {
	name  string
	edits []edit
	hunt  hunt
	says  string // a regular expression: what the test that fails says is broken
}

// edit replaces text in a source file, where it must stand exactly once.
type edit struct{ file, was, is string }

// hunt is the test, of a package, that must come across a flaw.
type hunt struct{ pkg, test string }

// The hunts that are for flaws of many kinds.
var (
	storm     = hunt{"proptest", "TestTheRuntimeKeepsItsPromisesInAnyStorm"}
	realStorm = hunt{"proptest", "TestTheRuntimeKeepsItsPromisesInAnyStormWithTheRealClient"}
	cutOff    = hunt{"ha", "TestAMasterThatIsCutOffStopsBeforeAnotherStarts"}
)

var flaws = slices.Concat(termFlaws, loopFlaws, backendFlaws)

// trophy is what a hunt came home with.
type trophy struct{ flaw, by, said string }

func TestFlawsOfTheShellAreFound(t *testing.T) {
	var (
		mu    sync.Mutex
		all   []trophy
		began = time.Now()
	)
	t.Run("each", func(t *testing.T) {
		for i := range flaws {
			t.Run(flaws[i].name, func(t *testing.T) {
				t.Parallel()
				found := flaws[i].chase(t)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, found)
			})
		}
	})
	t.Logf("\n%s%d of %d flaws found, in %.0f s", table(all), len(all), len(flaws), time.Since(began).Seconds())
}

// TestNothingIsFoundWhereNothingIsPlanted runs every hunt on the sources as they are, and where an edit breaks no promise.
func TestNothingIsFoundWhereNothingIsPlanted(t *testing.T) {
	clean := flaw{name: "the sources as they are"}
	for _, f := range append([]flaw{clean}, harmless...) {
		for pkg, tests := range hunts() {
			t.Run(f.name+" in "+pkg, func(t *testing.T) {
				t.Parallel()
				all := hunt{pkg, strings.Join(tests, "|")}
				if out, failed := all.build(t, f.edits).run(t, all); failed {
					t.Errorf("it is found:\n%s", out)
				}
			})
		}
	}
}

// hunts are the tests that hunt, by their packages.
func hunts() map[string][]string {
	all := map[string][]string{}
	for i := range flaws {
		h := flaws[i].hunt
		if !slices.Contains(all[h.pkg], h.test) {
			all[h.pkg] = append(all[h.pkg], h.test)
		}
	}
	return all
}

// chase hunts a flaw, and fails the test unless it is found as what it is. A panic or a hang is no way to find one: whoever made
// that mistake would learn nothing from it.
func (f *flaw) chase(t *testing.T) trophy {
	out, failed := f.hunt.build(t, f.edits).run(t, f.hunt)
	said := regexp.MustCompile("(?m)(" + f.says + ").*$").FindString(out)
	switch {
	case !failed:
		t.Fatalf("%s does not find it:\n%s", f.hunt.test, out)
	case panicked.MatchString(out):
		t.Fatalf("%s breaks down over it:\n%s", f.hunt.test, out)
	case said == "":
		t.Fatalf("%s fails, but does not say %q:\n%s", f.hunt.test, f.says, out)
	}
	return trophy{f.name, f.hunt.test, short(said)}
}

// panicked: a panic that nothing caught, or one that rapid did.
var panicked = regexp.MustCompile(`(?m)^panic: |\[rapid\] panic|^fatal error: `)

// program is a package's tests, built.
type program struct{ at, dir string }

func (h hunt) build(t *testing.T, edits []edit) program {
	t.Helper()
	module, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	sources := overlay.New(module, t.TempDir())
	for _, e := range edits {
		if err := sources.Edit(e.file, e.was, e.is); err != nil {
			t.Fatal(err)
		}
	}
	at, err := sources.Build("./"+h.pkg, "test", "-c", "-ldflags=-w")
	if err != nil {
		t.Fatal(err)
	}
	return program{at, filepath.Join(module, filepath.FromSlash(h.pkg))}
}

// patience is how long a hunt may take, that needs a few seconds: other tests may keep the machine busy beside it.
const patience = 4 * time.Minute

// run returns what the tests print, and whether they failed. Where rapid draws, it draws the same storms each time, and makes nothing
// smaller of what it has found.
func (p program) run(t *testing.T, h hunt) (out string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"-test.run", "^(" + h.test + ")$"}
	if h.pkg == "proptest" {
		args = append(args, "-rapid.seed=1", "-rapid.checks=300", "-rapid.nofailfile", "-rapid.shrinktime=1ns")
	}
	cmd := exec.CommandContext(ctx, p.at, args...)
	cmd.Dir = p.dir
	said, err := cmd.CombinedOutput()
	out = string(said)
	if exit := (*exec.ExitError)(nil); ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s hangs, or cannot run: %v\n%s", h.test, err, out)
	}
	if strings.Contains(out, "no tests to run") {
		t.Fatalf("%s: there is no such test", h.test)
	}
	return out, err != nil
}

// short cuts what would burst the table.
func short(line string) string {
	const most = 90
	if utf8.RuneCountInString(line) > most {
		line = string([]rune(line)[:most-1]) + "…"
	}
	return line
}

func table(all []trophy) string {
	order := map[string]int{}
	for i := range flaws {
		order[flaws[i].name] = i
	}
	slices.SortFunc(all, func(a, b trophy) int { return order[a.flaw] - order[b.flaw] })
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = w.Write([]byte(strings.Join(cells, "\t") + "\n")) }
	row("planted", "found by", "which says")
	for _, f := range all {
		row(f.flaw, f.by, f.said)
	}
	_ = w.Flush()
	return text.String()
}

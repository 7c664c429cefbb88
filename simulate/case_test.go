package simulate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/simulate"
)

const (
	caseDir = "testdata/cases"
	shows   = "# shows: "
)

// TestKeptCasesShowWhatTheyWereKeptFor plays the cases of testdata. Each holds the promises; a first line "# shows: MARK" names a mark that
// it comes across. With -rewrite, small cases for all marks are looked for anew, as they must after a change of the world.
func TestKeptCasesShowWhatTheyWereKeptFor(t *testing.T) {
	if *rewrite {
		for m := range simulate.Mark(simulate.Marks) {
			if m != simulate.OutsideLease {
				keepCase(t, m)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(caseDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := simulate.ParseCase(string(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		r := simulate.Replay(c.Options, c.Schedule)
		if r.Violation != nil {
			t.Errorf("%s: %s", file, r.Report())
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if mark, ok := strings.CutPrefix(line, shows); ok && r.Seen.Map()[mark] == 0 {
			t.Errorf("%s does not show what it was kept for:\n%s", file, r.History)
		}
	}
}

// keepCase looks for a run that comes across a mark, makes it small, and writes it.
func keepCase(t *testing.T, m simulate.Mark) {
	t.Helper()
	wanted := func(r *simulate.Result) bool { return r.Violation == nil && r.Seen.Marks[m] > 0 }
	for seed := range uint64(2000) {
		o := simulate.Options{Seed: seed}
		if r := simulate.Run(o); !wanted(&r) {
			continue
		}
		r := simulate.ShrinkTo(simulate.Record(o), 3000, wanted)
		name := strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' {
				return c
			}
			return '-'
		}, m.String())
		text := shows + m.String() + "\n" + r.Case().String()
		if err := os.WriteFile(filepath.Join(caseDir, name+".txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("nothing shows %v", m)
}

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hamaster/hamaster/ha"
)

// timeline prints what happens: a column for each candidate, and a sentence. What several processes say arrives in some order; it is
// held back for a moment, and printed in the order in which it happened.
type timeline struct {
	start  time.Time
	lanes  []string
	colour bool
	quit   chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	waiting []entry

	w      io.Writer // of the printing goroutine, as all below
	states map[string]string
	err    error // the first of writing
}

// entry is one line.
type entry struct {
	at     time.Time
	id     string
	state  string // what the candidate's column shows from now on; empty for no change
	text   string
	action bool // ours, not a candidate's
	step   bool // the first of a step, with a blank line before it
}

// stateNames are the events that say where a candidate stands, as its column shows it.
var stateNames = map[ha.EventKind]string{
	ha.BecameCandidate: "candidate",
	ha.BecameStandby:   "standby",
	ha.RoleStarted:     "MASTER",
	ha.RoleStopped:     "stopped",
	ha.Expired:         "expired",
	ha.Left:            "left",
}

const (
	holdBack   = 60 * time.Millisecond
	printEvery = 20 * time.Millisecond
	laneWidth  = 11
)

// newTimeline starts one, which must be closed.
func newTimeline(w io.Writer, lanes []string) *timeline {
	t := &timeline{start: time.Now(), lanes: lanes, colour: isTerminal(w), quit: make(chan struct{}), w: w, states: map[string]string{}}
	t.printLine("", func(lane string) string { return lane }, "", false)
	t.done.Go(t.run)
	return t
}

func (t *timeline) add(e entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, e)
}

// close prints what is left, and returns the first error of printing.
func (t *timeline) close() error {
	close(t.quit)
	t.done.Wait()
	return t.err
}

func (t *timeline) run() {
	ticker := time.NewTicker(printEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			t.print(t.take(now.Add(-holdBack)))
		case <-t.quit:
			t.print(t.take(time.Time{}))
			return
		}
	}
}

// take removes what happened until then, or all of it for the zero time, and returns it in order.
func (t *timeline) take(until time.Time) []entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortStableFunc(t.waiting, func(a, b entry) int { return a.at.Compare(b.at) })
	n := len(t.waiting)
	if !until.IsZero() {
		n, _ = slices.BinarySearchFunc(t.waiting, until, func(e entry, at time.Time) int { return e.at.Compare(at) })
	}
	due := slices.Clone(t.waiting[:n])
	t.waiting = slices.Delete(t.waiting, 0, n)
	return due
}

func (t *timeline) print(entries []entry) {
	for _, e := range entries {
		if e.state != "" {
			t.states[e.id] = e.state
		}
		if e.step {
			t.println("")
		}
		t.printLine(since(t.start, e.at), func(lane string) string { return t.states[lane] }, e.text, e.action)
	}
}

func (t *timeline) printLine(at string, cell func(lane string) string, text string, action bool) {
	var line strings.Builder
	fmt.Fprintf(&line, "%9s   ", at)
	for _, lane := range t.lanes {
		s := cell(lane)
		if s == "" {
			s = "."
		}
		line.WriteString(t.paint(s, s))
		line.WriteString(strings.Repeat(" ", max(laneWidth-len(s), 1)))
	}
	if action {
		text = t.paint("action", text)
	}
	line.WriteString(text)
	t.println(strings.TrimRight(line.String(), " "))
}

func (t *timeline) println(line string) {
	if _, err := fmt.Fprintln(t.w, line); err != nil && t.err == nil {
		t.err = fmt.Errorf("standard output: %w", err)
	}
}

// colours are ANSI's, for what stands out.
var colours = map[string]string{"MASTER": "1;32", "killed": "31", "standby": "2", ".": "2", "action": "1"}

func (t *timeline) paint(what, text string) string {
	code, ok := colours[what]
	if !t.colour || !ok {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// isTerminal reports whether colours are welcome.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// since is a time of the demonstration, as people read it.
func since(start, at time.Time) string { return fmt.Sprintf("%.3f s", at.Sub(start).Seconds()) }

// brief is a duration as people read it.
func brief(d time.Duration) string {
	if d.Abs() < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

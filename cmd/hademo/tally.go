package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hamaster/hamaster/simulate"
)

// tally adds up what runs did, and shows it now and then.
type tally struct {
	streams
	quiet       bool
	since       time.Time
	shown       time.Time
	runs        int
	first, last uint64 // seeds
	events      int
	elapsed     time.Duration
	terms       int
	seen        simulate.Seen
}

func (t *tally) add(r *simulate.Result) {
	if t.runs == 0 {
		t.first = r.Options.Seed
	}
	t.last = r.Options.Seed
	t.runs++
	t.events += r.Events
	t.elapsed += r.Elapsed
	t.terms += r.Terms
	t.seen.Add(&r.Seen)
	if !t.quiet && t.runs > 1 && time.Since(t.shown) > time.Second {
		t.shown = time.Now()
		fmt.Fprintln(t.err, t)
	}
}

func (t *tally) String() string {
	what := fmt.Sprintf("%d runs, seeds %d to %d", t.runs, t.first, t.last)
	switch t.runs {
	case 0:
		return "no run was made"
	case 1:
		what = fmt.Sprintf("1 run, seed %d", t.first)
	}
	rate := float64(t.events) / 1e6 / time.Since(t.since).Seconds()
	return fmt.Sprintf("%s, %d terms, %s events (%.1f million a second), %v of virtual time", what, t.terms, count(t.events), rate, t.elapsed.Round(time.Second))
}

// count is a number as one says it.
func count(n int) string {
	if n < 1e6 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.1f million", float64(n)/1e6)
}

// encode prints everything as one JSON object, with r's violation if there is one.
func (t *tally) encode(r *simulate.Result) error {
	type violation struct {
		Invariant simulate.Invariant `json:"invariant"`
		Seed      uint64             `json:"seed"`
		Detail    string             `json:"detail"`
		Case      string             `json:"case"` // for --replay
		Timeline  string             `json:"timeline"`
	}
	var broken *violation
	if r != nil {
		broken = &violation{r.Violation.Invariant, r.Options.Seed, r.Violation.Detail, r.Case().String(), r.History.String()}
	}
	return json.NewEncoder(t.out).Encode(struct {
		Runs      int            `json:"runs"`
		Events    int            `json:"events"`
		Terms     int            `json:"terms"`
		Hours     float64        `json:"virtual_hours"`
		Seconds   float64        `json:"seconds"`
		Seen      map[string]int `json:"seen"`
		Violation *violation     `json:"violation"` // null if no promise is broken
	}{t.runs, t.events, t.terms, t.elapsed.Hours(), time.Since(t.since).Seconds(), t.seen.Map(), broken})
}

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hamaster/hamaster/ha/election"
)

// write prints the summary. An error of printing has been seen by the timeline, or would be no different.
func (l *ledger) write(w io.Writer, start time.Time, timeout time.Duration) {
	terms := l.inOrder()
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "\n  term\tmaster\ttoken\tfrom\tuntil\tended\tnext master after\n")
	times := map[string][]string{}
	for i, a := range terms {
		until, next := "", ""
		if !a.end.IsZero() {
			until = since(start, a.end)
		}
		if i+1 < len(terms) {
			next = brief(a.gap(terms[i+1]))
			times[a.why] = append(times[a.why], next)
		}
		fmt.Fprintf(t, "  %d\t%s\t%v\t%s\t%s\t%s\t%s\n", i+1, a.id, a.token, since(start, a.start), until, a.why, next)
	}
	_ = t.Flush()

	tokens := "strictly growing"
	if len(l.stalled()) > 0 {
		tokens = "NOT GROWING"
	}
	fmt.Fprintf(t, "\n  fencing tokens\t%s\n", tokens)
	fmt.Fprintf(t, "  overlaps\t%d\n", len(l.overlaps()))
	line := func(name, why, note string) {
		if len(times[why]) > 0 {
			fmt.Fprintf(t, "  %s\t%s%s\n", name, strings.Join(times[why], ", "), note)
		}
	}
	line("fail-over", whyKilled, fmt.Sprintf("   (until the session has expired: %v was asked for)", timeout))
	line("hand-over", election.Leaving.String(), "")
	line("displaced", election.Preempted.String(), "")
	_ = t.Flush()
}

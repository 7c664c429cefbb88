package main

import (
	"strings"
	"testing"
	"time"
)

func TestTimelinePrintsInTheOrderInWhichThingsHappened(t *testing.T) {
	var b strings.Builder
	line := newTimeline(&b, []string{"alpha", "bravo"})
	after := func(ms int) time.Time { return line.start.Add(time.Minute + time.Duration(ms)*time.Millisecond) }
	line.add(entry{at: after(5), id: "bravo", state: "MASTER", text: "bravo is MASTER"})
	line.add(entry{at: after(4), id: "alpha", state: "stopped", text: "alpha is no longer master"})
	line.add(entry{at: after(3), id: "alpha", text: "▶ SIGTERM to alpha", action: true, step: true})
	line.add(entry{at: after(1), id: "alpha", state: "MASTER", text: "alpha is MASTER"})
	if err := line.close(); err != nil {
		t.Fatal(err)
	}
	const want = `            alpha      bravo
 60.001 s   MASTER     .          alpha is MASTER

 60.003 s   MASTER     .          ▶ SIGTERM to alpha
 60.004 s   stopped    .          alpha is no longer master
 60.005 s   stopped    MASTER     bravo is MASTER
`
	if got := b.String(); got != want {
		t.Errorf("timeline:\n%s\nwant:\n%s", got, want)
	}
}

func TestTimelineForAFileHasNoColours(t *testing.T) {
	line := &timeline{}
	if got := line.paint("MASTER", "MASTER"); got != "MASTER" {
		t.Errorf("painted %q", got)
	}
	line.colour = true
	if got := line.paint("MASTER", "MASTER"); got != "\x1b[1;32mMASTER\x1b[0m" {
		t.Errorf("painted %q", got)
	}
}

package proptest

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/simulate"
)

// drawnWorld is short, so that most of what is drawn comes to pass.
var drawnWorld = simulate.Options{For: 20 * time.Second}

// smallWorld leaves little to draw: rapid tries a few hundred schedules a second.
var smallWorld = simulate.Options{
	Nodes: 2, Servers: 1, Policy: "oldest", For: 10 * time.Second,
	Faults: simulate.Cut | simulate.Expire | simulate.Pause | simulate.Slow,
}

func TestNoDrawnScheduleBreaksAPromise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if r := simulate.RecordFrom(drawnWorld, newDrawn(t)); r.Violation != nil {
			t.Fatal(r.Report())
		}
	})
}

// TestRapidShrinksToAShortSchedule claims falsely that a master never stops because its session is over, and looks at what is left of the
// schedule that shows otherwise: it must be short, and play without rapid.
func TestRapidShrinksToAShortSchedule(t *testing.T) {
	var last simulate.Result
	shown := func(r *simulate.Result) bool { return r.Seen.Marks[simulate.ExpiredWhileLeading] > 0 }
	text := mustFail(t, func(t *rapid.T) {
		last = simulate.RecordFrom(smallWorld, newDrawn(t))
		if shown(&last) {
			t.Fatal("a session ended under a role")
		}
	})
	if !shown(&last) {
		t.Fatalf("rapid found nothing:\n%s", text)
	}
	c, err := simulate.ParseCase(last.Case().String())
	if err != nil {
		t.Fatal(err)
	}
	if r := simulate.Replay(c.Options, c.Schedule); !shown(&r) {
		t.Errorf("played without rapid it does not happen:\n%v", c)
	}
	t.Logf("hademo simulate --replay plays this:\n%v", c)
	const short = 8 // among them the draws that make the world
	if len(c.Schedule) > short {
		t.Errorf("%d choices are left, want %d at most", len(c.Schedule), short)
	}
}

// mustFail checks a property that does not hold, and returns what rapid says of it: the same every time, for it draws from one seed, and in a
// bubble no time goes by while it makes the schedule smaller, so that it ends when there is no smaller one.
func mustFail(t *testing.T, prop func(*rapid.T)) string {
	t.Helper()
	kept := flag.Lookup("rapid.nofailfile").Value.String()
	set(t, "rapid.nofailfile", "true")
	defer set(t, "rapid.nofailfile", kept)
	seed := flag.Lookup("rapid.seed").Value.String()
	set(t, "rapid.seed", "9")
	defer set(t, "rapid.seed", seed)

	q := &quiet{TB: t}
	synctest.Test(t, func(*testing.T) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			rapid.Check(q, prop)
		}()
		<-done
	})
	if !q.failed {
		t.Fatal("the property held")
	}
	return q.text.String()
}

func set(t *testing.T, name, value string) {
	t.Helper()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

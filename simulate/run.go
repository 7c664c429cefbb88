package simulate

import (
	"fmt"
	"time"
)

// Result is what came of a run.
type Result struct {
	Options   Options
	Events    int
	Elapsed   time.Duration // of virtual time
	Terms     int
	Seen      Seen
	Violation *Violation // nil: none
	Schedule  Schedule   // of what was chosen, where it was recorded
	History   *History   // likewise
}

// Run plays one world: first with faults, then without, when the service and a master must come back. Of a violation it keeps what
// was chosen and what happened.
func Run(o Options) Result {
	r := play(o, NewGenerator(o.Seed), false)
	if r.Violation == nil {
		return r
	}
	return Record(o)
}

// Record is Run, keeping what was chosen and what happened in any case.
func Record(o Options) Result { return RecordFrom(o, NewGenerator(o.Seed)) }

// RecordFrom is Record with chance from elsewhere than the seed, such as a property test's draws.
func RecordFrom(o Options, from Chooser) Result {
	c := &Recorder{From: from}
	r := play(o, c, true)
	r.Schedule = c.Schedule()
	return r
}

// Replay plays a schedule, and keeps what happens. The options must be those that it was recorded under.
func Replay(o Options, s Schedule) Result {
	r := play(o, NewPlayer(s), true)
	r.Schedule = s
	return r
}

func play(o Options, c Chooser, keep bool) Result {
	var h *History
	if keep {
		h = &History{}
	}
	w := NewWorld(o, c, h)
	if w.run(began.Add(w.For)) {
		w.liveness()
	}
	w.seen.Marks[OutsideLease] = w.checker.outside
	return Result{
		Options: o, Events: w.events, Elapsed: w.Elapsed(), Terms: w.terms, Seen: w.seen,
		Violation: w.checker.violation, History: w.history,
	}
}

// describe is every node at a glance.
func (w *World) describe() string {
	text := ""
	for i := range w.nodes {
		n := &w.nodes[i]
		text += fmt.Sprintf("\nn%d up=%v done=%v role=%d session=%v %v: %+v", i, n.up, n.done, n.role, n.session.id, n.session.state, n.machine)
	}
	return text
}

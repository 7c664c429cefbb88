package ha

import (
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// trace logs one step of the machine in full. Together with the rules, which the first line has, the events and their instants are all
// that the machine goes by: played to a fresh one they must give the same effects, and leave it in the same state. The values are
// copies, so that a logger may keep them.
func (l *loop) trace(now coord.Instant, ev *election.Event) {
	args := []any{"id", l.cfg.ID, "at", now, "event", *ev, "effects", slices.Clone(l.effects), "machine", l.machine}
	if ev.Kind == election.Start {
		args = append(args, "rules", *l.rules)
	}
	l.cfg.Logger.Trace("step", args...)
}

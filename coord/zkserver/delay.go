package zkserver

import (
	"time"

	"github.com/hamaster/hamaster/coord"
)

// delay is what an injected fault makes of one direction of a connection, under the server's lock.
type delay struct {
	by    *Injected     // nil without one
	until coord.Instant // 0 means until the fault is removed
}

// way is the direction that a delay holds up.
type way interface {
	hold(hold)
	release(hold)
}

// start holds up a way. A later fault's delay replaces that of an earlier one, if it is not over sooner.
func (d *delay) start(s *Server, by *Injected, length time.Duration, w way) {
	if length == 0 {
		return
	}
	until := coord.Instant(0)
	if length > 0 {
		until = s.clock.Now().Add(length)
		s.setAlarm(until)
	}
	if d.by != nil && (d.until == 0 || until != 0 && until < d.until) {
		return
	}
	d.by, d.until = by, until
	w.hold(heldByFault)
}

// endIf ends the delay if it is that fault's.
func (d *delay) endIf(by *Injected, w way) {
	if d.by == by {
		d.by = nil
		w.release(heldByFault)
	}
}

// endAt ends the delay if its time has come, or makes the alarm ring when it will.
func (d *delay) endAt(s *Server, now coord.Instant, w way) {
	switch {
	case d.by == nil || d.until == 0:
	case d.until <= now:
		d.endIf(d.by, w)
	default:
		s.setAlarm(d.until)
	}
}

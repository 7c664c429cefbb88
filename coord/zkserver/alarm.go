package zkserver

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// uptime is the clock of a server that is given none. Like the one that ZooKeeper expires sessions by (System.nanoTime) it stands still
// while the machine is suspended: nobody could have kept a session alive meanwhile. It is also several times cheaper to read than
// clock.Real, and every packet reads it.
type uptime struct{ origin time.Time }

// Now counts from a second before the origin, for the zero Instant is none.
func (u uptime) Now() coord.Instant { return coord.Instant(time.Second + time.Since(u.origin)) }

func (u uptime) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// movable is a clock that can be set forward. It shows what it shows without, and what Advance has added.
type movable struct {
	clock.Clock
	ahead atomic.Int64 // nanoseconds
}

func (m *movable) Now() coord.Instant { return m.Clock.Now() + coord.Instant(m.ahead.Load()) }

// advanceTo sets the clock forward to an instant, if it is not past it yet.
func (m *movable) advanceTo(at coord.Instant) {
	if missing := at - m.Now(); missing > 0 {
		m.ahead.Add(int64(missing))
	}
}

// alarm calls a function at an instant that may be moved. The server's lock guards it; the function is called without.
type alarm struct {
	clock clock.Clock
	calls *sync.WaitGroup // has what is set or running
	ring  func()

	at   coord.Instant // 0 if not set
	stop func() bool
}

// set makes the alarm ring at that instant or, where it is set already, before: who is woken too early sets it again.
func (a *alarm) set(at coord.Instant) {
	if a.at != 0 && a.at <= at {
		return
	}
	a.cancel()
	a.at = at
	a.calls.Add(1)
	a.stop = a.clock.AfterFunc(max(0, at.Sub(a.clock.Now())), func() {
		defer a.calls.Done()
		a.ring()
	})
}

// cancel takes the alarm back. It may be too late for that: the function then runs once more than it should, which it bears. It
// is also the first that the function must do, under the lock, for there may be a later alarm than the one that called it.
func (a *alarm) cancel() {
	if a.at != 0 && a.stop() {
		a.calls.Done()
	}
	a.at = 0
}

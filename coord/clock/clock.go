// Package clock tells time as the contract needs it: [coord.Instant]s that a set wall clock does not move and that go on while
// the machine is suspended. Inside a testing/synctest bubble the real clock is the bubble's.
package clock

import (
	"slices"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// Clock is where a backend or a server gets its time from: [Real], or a [Manual] one in a test.
type Clock interface {
	// Now returns the present instant. It never goes back.
	Now() coord.Instant
	// AfterFunc calls f once, in a goroutine of its own, when d has gone by. The function it returns takes that back, and
	// reports whether it came in time.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Real is the machine's clock.
var Real Clock = realClock{}

var origin = time.Now()

// Now returns the present instant of the [Real] clock.
//
// Go's own monotonic clock stands still while a Linux machine is suspended, which would keep a lease alive that is long over:
// the time spent suspended is therefore added (from CLOCK_BOOTTIME). Suspensions under 10 ms are not seen. On other systems none is.
func Now() coord.Instant {
	return coord.Instant(origin.UnixNano()).Add(time.Since(origin) + suspended())
}

type realClock struct{}

func (realClock) Now() coord.Instant { return Now() }

func (realClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// Manual is a clock that stands still until it is moved. Make it with [NewManual].
type Manual struct {
	mu     sync.Mutex
	now    coord.Instant
	alarms []*alarm
}

type alarm struct {
	at coord.Instant
	f  func()
}

// NewManual returns a clock that shows now.
func NewManual(now coord.Instant) *Manual { return &Manual{now: now} }

// Now returns the instant the clock shows.
func (m *Manual) Now() coord.Instant {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc is as in [Clock]; here f is called by Advance, before that returns.
func (m *Manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := &alarm{at: m.now.Add(d), f: f}
	m.alarms = append(m.alarms, a)
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		i := slices.Index(m.alarms, a)
		if i >= 0 {
			m.alarms = slices.Delete(m.alarms, i, i+1)
		}
		return i >= 0
	}
}

// Advance moves the clock on by d and calls, in order of time and without any lock held, what falls due on the way.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.now.Add(d)
	for {
		next := -1
		for i, a := range m.alarms {
			if a.at <= end && (next < 0 || a.at < m.alarms[next].at) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		a := m.alarms[next]
		m.alarms = slices.Delete(m.alarms, next, next+1)
		m.now = max(m.now, a.at)
		m.mu.Unlock()
		a.f()
		m.mu.Lock()
	}
	m.now = max(m.now, end)
	m.mu.Unlock()
}

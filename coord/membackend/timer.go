package membackend

import (
	"sync"
	"time"
)

// timers are the alarms of one owner, who can wait until none of them is running any more. All but wait needs the service's lock.
type timers struct {
	service *Service
	live    map[*timer]struct{}
	closed  bool
	running sync.WaitGroup // counts those set and those at work
}

type timer struct {
	owner *timers
	stop  func() bool
}

// after calls f once with the service's lock held, unless it is cancelled before. When the owner is closed it does nothing.
func (g *timers) after(d time.Duration, f func()) *timer {
	if g.closed {
		return nil
	}
	t := &timer{owner: g}
	if g.live == nil {
		g.live = map[*timer]struct{}{}
	}
	g.live[t] = struct{}{}
	g.running.Add(1)
	t.stop = g.service.cfg.Clock.AfterFunc(max(d, 0), func() {
		defer g.running.Done()
		g.service.mu.Lock()
		if _, live := g.live[t]; live {
			delete(g.live, t)
			f()
		}
		g.service.release()
	})
	return t
}

// cancel takes the alarm back. It may be nil, have rung, or have been cancelled.
func (t *timer) cancel() {
	if t == nil {
		return
	}
	if _, live := t.owner.live[t]; !live {
		return
	}
	delete(t.owner.live, t)
	if t.stop() {
		t.owner.running.Done()
	}
}

// close cancels all alarms and lets no other be set.
func (g *timers) close() {
	g.closed = true
	for t := range g.live {
		t.cancel()
	}
}

// wait returns when none is at work. It is called without the lock, after close.
func (g *timers) wait() { g.running.Wait() }

package ha

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// EventKind says what an Event tells.
type EventKind string

const (
	BecameCandidate EventKind = "candidate"     // the candidate node stands
	BecameStandby   EventKind = "standby"       // somebody else is master; Leader names it where known
	Elected         EventKind = "elected"       // a term has begun; its role starts once the lease allows
	RoleStarted     EventKind = "role_started"  // the role runs
	RoleStopping    EventKind = "role_stopping" // it is told to stop; Reason says why
	RoleLate        EventKind = "role_late"     // it still runs, its grace after it was told to
	RoleStopped     EventKind = "role_stopped"  // it has returned; Reason says why the term ended
	TermEnded       EventKind = "term_ended"    // a term ended before its role was started
	RoleOverran     EventKind = "role_overran"  // it has not returned in time
	Suspended       EventKind = "suspended"     // the connection is lost
	Resumed         EventKind = "resumed"       // it is back
	Expired         EventKind = "expired"       // the session is over
	SkippedChild    EventKind = "skipped"       // Node, under the election path, is no candidate
	Failed          EventKind = "error"         // Err says what
	Left            EventKind = "bye"           // the last event of all
)

// Event is one thing that happened to a candidate.
type Event struct {
	Time   time.Time
	Kind   EventKind
	ID     string     // the candidate's
	Node   string     // its node, or the skipped one
	Leader string     // the master's id, where known
	Token  coord.Zxid // of the term, where there is one
	Reason Reason     // of a term's end
	Err    error
	Missed int // how many events before this one the observer was too slow for
}

// Observer hears of events. It is called by one goroutine, in order, never after Run has returned. It may take its time, and call
// any method of the Candidate but Run: the election does not wait for it, and only Run's return does, so that it must not wait
// for that. Of more than a thousand events that wait the oldest are dropped, and the next says how many.
type Observer interface {
	Observe(Event)
}

// ObserverFunc makes a function an Observer.
type ObserverFunc func(Event)

func (f ObserverFunc) Observe(e Event) { f(e) }

// ExitProcess ends the process at once with status 75, after a line on standard error. It is meant for Config.OnOverrun.
func ExitProcess(e Event) {
	fmt.Fprintf(os.Stderr, "hamaster: the role of term %v of %s did not stop in time: ending the process\n", e.Token, e.ID)
	os.Exit(75)
}

// logTo writes events as log lines.
func logTo(log hclog.Logger) Observer {
	return ObserverFunc(func(e Event) {
		args := []any{"id", e.ID}
		add := func(cond bool, key string, value any) {
			if cond {
				args = append(args, key, value)
			}
		}
		add(e.Node != "", "node", e.Node)
		add(e.Leader != "", "leader", e.Leader)
		add(e.Token != 0, "token", e.Token)
		add(e.Reason != election.NoReason, "reason", e.Reason)
		add(e.Err != nil, "error", e.Err)
		add(e.Missed > 0, "missed", e.Missed)
		switch e.Kind {
		case RoleOverran, Failed:
			log.Error(string(e.Kind), args...)
		case Suspended, Expired, SkippedChild, RoleLate:
			log.Warn(string(e.Kind), args...)
		default:
			log.Info(string(e.Kind), args...)
		}
	})
}

const maxWaiting = 1024

// heralds bring events to observers, each at its own pace: the log must not wait for somebody who blocks.
type heralds []*herald

func newHeralds(observers []Observer) (all heralds) {
	for _, o := range observers {
		all = append(all, newHerald(o))
	}
	return all
}

func (all heralds) announce(e Event) {
	for _, h := range all {
		h.announce(e)
	}
}

func (all heralds) close() {
	for _, h := range all {
		h.close()
	}
}

// herald brings events to an observer from a goroutine of its own.
type herald struct {
	observer Observer
	done     sync.WaitGroup

	mu      sync.Mutex
	waiting []Event
	missed  int
	closed  bool
	wake    chan struct{} // holds one token at most
}

func newHerald(observer Observer) *herald {
	h := &herald{observer: observer, wake: make(chan struct{}, 1)}
	h.done.Go(h.run)
	return h
}

func (h *herald) announce(e Event) {
	h.mu.Lock()
	if len(h.waiting) == maxWaiting {
		h.waiting = h.waiting[1:]
		h.missed++
	}
	h.waiting = append(h.waiting, e)
	h.mu.Unlock()
	h.signal()
}

func (h *herald) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// close lets the observer hear what still waits, and returns when it has.
func (h *herald) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.signal()
	h.done.Wait()
}

func (h *herald) run() {
	for {
		h.mu.Lock()
		batch, missed, closed := h.waiting, h.missed, h.closed
		h.waiting, h.missed = nil, 0
		h.mu.Unlock()
		for i, e := range batch {
			if i == 0 {
				e.Missed = missed
			}
			h.observer.Observe(e)
		}
		if len(batch) == 0 {
			if closed {
				return
			}
			<-h.wake
		}
	}
}

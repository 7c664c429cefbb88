package proptest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/simulate"
)

// judge holds what candidates do in a bubble, where all clocks are true, against the simulator's own Checker: S1 to S6, and that no session
// ends before its client holds that it may.
type judge struct {
	service service
	stop    chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	checker *simulate.Checker
	heard   []*heard
	playing map[int]*ha.Term // terms whose roles run, by process
	grace   map[int]time.Duration
	wrong   error // with a lease
	audit   *audit
	newest  coord.Zxid // token that the store has seen, which takes nothing older
	proved  int        // fenced transactions that a role knows to have gone through
}

const (
	mostProcesses = 256                   // of one storm
	glance        = 50 * time.Millisecond // of virtual time, between two looks at sessions and leases
)

func newJudge(s service, policy ha.Policy) *judge {
	j := &judge{
		service: s, stop: make(chan struct{}), done: make(chan struct{}), checker: simulate.NewChecker(mostProcesses),
		playing: map[int]*ha.Term{}, grace: map[int]time.Duration{},
	}
	j.audit = newAudit(policy, j.processOf)
	go j.watch()
	return j
}

// heard is a session that a candidate has opened.
type heard struct {
	coord.Session
	process    int
	over       atomic.Bool // by its owner's wish or by force, or seen already
	closed     atomic.Bool
	reconnects atomic.Int64
}

func (h *heard) Close(ctx context.Context) error {
	h.over.Store(true)
	h.closed.Store(true)
	return h.Session.Close(ctx)
}

func (h *heard) Reconnect() {
	h.reconnects.Add(1)
	h.Session.Reconnect()
}

// listener is a process's Backend: it tells the judge of sessions.
type listener struct {
	coord.Backend
	judge   *judge
	process int
}

func (l listener) Open(ctx context.Context) (coord.Session, error) {
	s, err := l.Backend.Open(ctx)
	if err != nil {
		return nil, err
	}
	h := &heard{Session: s, process: l.process}
	l.judge.tell(func(*simulate.Checker) { l.judge.heard = append(l.judge.heard, h) })
	return h, nil
}

// role tells of a process's role.
func (j *judge) role(process int, grace time.Duration, role ha.Role) ha.Role {
	return func(ctx context.Context, term *ha.Term) error {
		until := clock.Now().Add(term.Remaining() + grace)
		j.tell(func(k *simulate.Checker) {
			k.Elected(process, term.Token())
			k.RoleStarted(process, term.Token(), until)
			j.playing[process], j.grace[process] = term, grace
		})
		defer j.tell(func(k *simulate.Checker) {
			k.RoleReturned(process)
			delete(j.playing, process)
		})
		return role(ctx, term)
	}
}

// act is what a role does in its term: it writes to a store that knows nothing of elections but the newest token, and makes a fenced
// transaction. Both are tried whether or not the term is still valid.
func (j *judge) act(ctx context.Context, process int, term *ha.Term) {
	j.tell(func(k *simulate.Checker) {
		accepted := term.Token() >= j.newest
		j.newest = max(j.newest, term.Token())
		k.Stored(process, term.Token(), accepted)
	})
	if _, err := term.Multi(ctx, coord.SetOp(storePath, note(term.Token()), coord.AnyVersion)); err == nil {
		j.tell(func(*simulate.Checker) { j.proved++ })
	}
}

// processOf tells whose session that is. The lock is held.
func (j *judge) processOf(id coord.SessionID) (process int, known bool) {
	for _, h := range j.heard {
		if h.ID() == id {
			return h.process, true
		}
	}
	return -1, false
}

// force notes that a session, or its node, is taken away from the terms up to that transaction.
func (j *judge) force(id coord.SessionID, node bool, upTo coord.Zxid) {
	j.tell(func(k *simulate.Checker) {
		for _, h := range j.heard {
			if h.ID() == id {
				k.Meddled(h.process, upTo)
				h.over.Store(h.over.Load() || !node)
			}
		}
	})
}

func (j *judge) tell(f func(k *simulate.Checker)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.checker.At(clock.Now())
	j.audit.follow(j.service, j.checker)
	f(j.checker)
}

// watch looks at leases and sessions, again and again.
func (j *judge) watch() {
	defer close(j.done)
	for {
		select {
		case <-j.stop:
			return
		case <-time.After(glance):
			j.look()
		}
	}
}

func (j *judge) look() {
	type claim struct {
		session *heard
		until   coord.Instant
	}
	var claims []claim
	j.tell(func(k *simulate.Checker) {
		for process, term := range j.playing {
			if left := term.Remaining(); left > 0 {
				until := clock.Now().Add(left + j.grace[process])
				k.LeaseGrew(process, until)
				j.compare(process, until)
			}
		}
		for _, h := range j.heard {
			if !h.over.Load() {
				claims = append(claims, claim{h, h.AliveUntil()})
			}
		}
	})
	living := j.service.sessions()
	j.tell(func(k *simulate.Checker) {
		for _, c := range claims {
			if !living[c.session.ID()] && !c.session.over.Swap(true) {
				k.SessionOver(c.session.process, c.until)
			}
		}
	})
}

// compare holds what a term says of its lease against the process's sessions. The lock is held.
func (j *judge) compare(process int, until coord.Instant) {
	var alive coord.Instant
	for _, h := range j.heard {
		if h.process == process {
			alive = max(alive, h.AliveUntil())
		}
	}
	if until > alive && j.wrong == nil {
		j.wrong = fmt.Errorf("process %d holds that its lease stands for %v longer than its session surely lives, less the grace", process, until.Sub(alive))
	}
}

// account tells how often a process gave a connection up by itself, and how many of its sessions it never closed.
func (j *judge) account(process int) (reconnects, kept int) {
	j.tell(func(*simulate.Checker) {
		for _, h := range j.heard {
			if h.process != process {
				continue
			}
			reconnects += int(h.reconnects.Load())
			if !h.closed.Load() {
				kept++
			}
		}
	})
	return reconnects, kept
}

// verdict is the first promise that was broken, or nil.
func (j *judge) verdict() (err error) {
	j.tell(func(k *simulate.Checker) {
		switch {
		case k.Violation() != nil:
			err = k.Violation()
		case j.audit.wrong != nil:
			err = j.audit.wrong
		case j.audit.fenced < j.proved:
			err = fmt.Errorf("the journal shows %d transactions of roles, of at least %d", j.audit.fenced, j.proved)
		default:
			err = j.wrong
		}
	})
	return err
}

func (j *judge) close() {
	close(j.stop)
	<-j.done
}

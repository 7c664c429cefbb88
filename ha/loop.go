package ha

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/ha/election"
)

// loop is the goroutine that owns the election's Machine. All others, for calls, watches, the role and the opening of sessions,
// only bring it events.
type loop struct {
	*Candidate
	heralds heralds
	rules   *election.Config
	machine election.Machine
	effects []election.Effect

	inbox   chan message
	quit    chan struct{}  // closed when nobody reads the inbox any more
	workers sync.WaitGroup // everything but the herald

	values context.Context // of the role: the caller's, without its end
	ctx    context.Context // of calls and of opening a session; done when the loop ends
	cancel context.CancelFunc

	session coord.Session // nil: none
	state   coord.State   // as the machine was told
	changed <-chan struct{}
	opened  bool // a session was opened once

	watches map[election.CallID]chan struct{} // close to forget
	term    *Term
	over    *election.Effect // Finished
}

// message is an event from another goroutine, with what the machine does not deal in.
type message struct {
	event   election.Event
	session coord.Session // Opened
	watch   *coord.Watch  // of a Reply
	err     error         // the session could not be opened, for good
}

func newLoop(ctx context.Context, c *Candidate) *loop {
	l := &loop{
		Candidate: c,
		heralds:   newHeralds(c.observers()),
		rules:     c.cfg.election(),
		inbox:     make(chan message, 16),
		quit:      make(chan struct{}),
		watches:   map[election.CallID]chan struct{}{},
	}
	l.machine = election.New(l.rules)
	l.values = context.WithoutCancel(ctx)
	l.ctx, l.cancel = context.WithCancel(l.values)
	return l
}

func (l *loop) run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	leave := ctx.Done()
	l.step(election.Event{Kind: election.Start})
	for l.over == nil {
		l.arm(timer)
		select {
		case m := <-l.inbox:
			l.receive(m)
		case <-l.changed:
			l.follow()
		case <-timer.C:
			l.step(election.Event{Kind: election.Tick})
		case <-l.resigning:
			l.step(election.Event{Kind: election.Resign})
		case <-leave:
			leave = nil
			l.step(election.Event{Kind: election.Leave})
		}
	}
	return l.end()
}

// arm sets the timer to the machine's deadline.
func (l *loop) arm(timer *time.Timer) {
	wait := time.Hour
	if at, ok := l.machine.Deadline(); ok {
		wait = max(at.Sub(clock.Now()), 0)
	}
	timer.Reset(wait)
}

// step moves the machine on and does what it asks for.
func (l *loop) step(ev election.Event) {
	if l.session != nil {
		ev.Alive = l.session.AliveUntil()
	}
	now := clock.Now()
	l.effects = l.machine.Step(now, ev, l.effects[:0])
	if l.cfg.Logger.IsTrace() {
		l.trace(now, &ev)
	}
	for i := range l.effects {
		l.perform(&l.effects[i])
	}
	l.forget()
	if l.over == nil { // else there is still something to wait for
		l.publish(l.machine.Status())
	}
}

func (l *loop) receive(m message) {
	switch {
	case m.err != nil:
		l.over = &election.Effect{Kind: election.Finished, Err: m.err, Clean: true}
	case m.event.Kind == election.Opened:
		l.adopt(m)
	case m.event.Kind == election.Reply:
		l.step(m.event) // the machine ignores one that concerns a session that is over
		l.await(m.event.Call, m.watch)
	default:
		l.step(m.event)
	}
}

// adopt takes up a session that was opened.
func (l *loop) adopt(m message) {
	l.session, l.opened = m.session, true
	l.state, l.changed = coord.Connected, nil
	l.step(m.event)
	l.follow()
}

// follow tells the machine how the session's state has changed. The same state again means that another lay between.
func (l *loop) follow() {
	if l.session == nil {
		return
	}
	state, changed := l.session.State()
	again := l.changed != nil && state == l.state
	l.changed = changed
	if again && state == coord.Connected || state == coord.Suspended && l.state == coord.Connected {
		l.step(election.Event{Kind: election.Suspended})
	}
	if again && state == coord.Suspended {
		l.resume()
		l.step(election.Event{Kind: election.Suspended})
	}
	if state == coord.Connected && (again || l.state == coord.Suspended) {
		l.resume()
	}
	l.state = state
	if state.Final() {
		l.abandon()
		l.step(election.Event{Kind: election.Expired})
	}
}

func (l *loop) resume() {
	l.step(election.Event{Kind: election.Resumed, Timeout: l.session.Timeout(), RenewEvery: l.session.RenewEvery()})
}

// abandon forgets a session that is over. Releasing it cannot fail in a way that matters, but may take time.
func (l *loop) abandon() {
	s := l.session
	l.session, l.changed = nil, nil
	l.workers.Go(func() { _ = l.sessions.Release(l.ctx, s) })
}

// end waits for everything that was started, and gives the session back.
func (l *loop) end() error {
	unclean := l.leaveSession()
	l.cancel()
	close(l.quit)
	l.workers.Wait()
	for l.session == nil && len(l.inbox) > 0 { // a session may have been opened just then
		if m := <-l.inbox; m.session != nil && m.event.Kind == election.Opened {
			l.discard(m.session)
		}
	}
	err := errors.Join(l.over.Err, unclean)
	if err != nil {
		l.announce(Event{Kind: Failed, Err: err})
	}
	l.publish(Status{State: election.Gone})
	l.announce(Event{Kind: Left})
	l.heralds.close()
	return err
}

// leaveSession gives the present session back, if there is one, and returns an error if something of ours may stay behind: what
// could not be removed goes only with the session.
func (l *loop) leaveSession() error {
	s := l.session
	if s == nil {
		return nil
	}
	err := l.release(s)
	if state, _ := s.State(); err == nil && (l.over.Clean || state.Final()) {
		return nil
	}
	unclean := fmt.Errorf("election %s, candidate %s: %w", l.cfg.Path, l.cfg.ID, ErrNotClean)
	if err != nil {
		unclean = fmt.Errorf("%w: %w", unclean, err)
	}
	return unclean
}

// release gives a session back, as long as the service takes, but no longer than the session would last anyway.
func (l *loop) release(s coord.Session) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(s.Timeout()/2, time.Second))
	defer cancel()
	return l.sessions.Release(ctx, s)
}

// discard gives back a session that nothing was made in.
func (l *loop) discard(s coord.Session) { _ = l.release(s) }

// post brings a message to the loop, unless that has ended.
func (l *loop) post(m message) bool {
	select {
	case l.inbox <- m:
		return true
	case <-l.quit:
		return false
	}
}

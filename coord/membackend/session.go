package membackend

import (
	"context"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// Session is a session as its owner has it.
//
// What it receives is carried out one by one, from the inbox, without the lock: watches end, calls return and the state changes in the
// order in which the service said so.
type Session struct {
	service *Service
	link    *Client
	opened  chan struct{} // closed when the service has confirmed the session
	ended   chan struct{} // closed when it is over for good

	// Under the service's lock:
	id       coord.SessionID
	state    coord.State
	changed  chan struct{}
	alive    coord.Instant
	seen     coord.Zxid // the last transaction that an answer told of
	watches  watchTable
	conn     *conn  // nil between two attempts
	redial   *timer // set between two attempts
	closing  bool
	inbox    []func() // bounded: by the calls and watches of this session
	emptying bool     // somebody carries out the inbox
	timers   timers
}

var _ coord.Session = (*Session)(nil)

func (v *Service) newSession(l *Client) (s *Session, err error) {
	v.locked(func() {
		if v.closed {
			err = coord.ErrClosed
			return
		}
		s = &Session{
			service: v, link: l, state: coord.Suspended, changed: make(chan struct{}), watches: watchTable{},
			opened: make(chan struct{}), ended: make(chan struct{}),
		}
		s.timers.service = v
		v.sessions[s] = struct{}{}
		s.dial()
	})
	return s, err
}

// ID is as in [coord.Session].
func (s *Session) ID() (id coord.SessionID) {
	s.service.locked(func() { id = s.id })
	return id
}

// Timeout is as in [coord.Session]. It never changes.
func (s *Session) Timeout() time.Duration { return s.service.cfg.SessionTimeout }

// State is as in [coord.Session].
func (s *Session) State() (state coord.State, changed <-chan struct{}) {
	s.service.locked(func() { state, changed = s.state, s.changed })
	return state, changed
}

// AliveUntil is the session timeout after the sending of the last call that succeeded, the opening included. Reads count: there are no
// followers that could answer them after the session has ended.
func (s *Session) AliveUntil() (alive coord.Instant) {
	s.service.locked(func() { alive = s.alive })
	return alive
}

// RenewEvery is a sixth of the timeout.
func (s *Session) RenewEvery() time.Duration { return s.service.cfg.SessionTimeout / 6 }

// Close is as in [coord.Session]. While the session is suspended, it waits for the connection to come back, at most for the session
// timeout.
func (s *Session) Close(ctx context.Context) error {
	var first bool
	s.service.locked(func() { first, s.closing = !s.closing, true })
	if !first {
		return s.awaitEnd(ctx)
	}
	err := s.tell(ctx)
	s.finish(coord.Closed)
	if err != nil {
		return &coord.Error{Op: "close", Err: err}
	}
	return nil
}

// awaitEnd is Close when another call is about it, or was.
func (s *Session) awaitEnd(ctx context.Context) error {
	select {
	case <-s.ended:
	case <-ctx.Done():
		select {
		case <-s.ended:
		default:
			return &coord.Error{Op: "close", Err: bothErrors(coord.ErrConnectionLoss, ctx.Err())}
		}
	}
	s.timers.wait()
	return nil
}

// tell ends the session at the service. An error means that it does not know.
func (s *Session) tell(ctx context.Context) error {
	giveUp := make(chan struct{})
	s.service.locked(func() {
		s.timers.after(s.Timeout(), func() { s.post(func() { close(giveUp) }) })
	})
	for {
		k, changed, over := s.sendClose()
		if over {
			return nil
		}
		if k != nil {
			if err := k.await(ctx); err == nil || ctx.Err() != nil {
				return err
			}
			continue // The connection was lost: the next tells whether the service knows.
		}
		select {
		case <-changed:
		case <-giveUp:
			return coord.ErrConnectionLoss
		case <-ctx.Done():
			return bothErrors(coord.ErrConnectionLoss, ctx.Err())
		}
	}
}

// sendClose asks the service to end the session, if there is a connection. Otherwise it returns a channel that tells of another state,
// or that the session is over.
func (s *Session) sendClose() (k *call, changed <-chan struct{}, over bool) {
	s.service.locked(func() {
		changed, over = s.changed, s.state.Final()
		if s.state != coord.Connected || s.conn == nil {
			return
		}
		k = newCall(func(c *conn) error { s.service.endSession(c.speaksFor); return nil })
		k.last = true
		s.send(k)
	})
	return k, changed, over
}

// finish ends the session on this side, after whatever is in the inbox, and waits for all that it has running.
func (s *Session) finish(state coord.State) {
	s.service.locked(func() { s.post(func() { s.end(state) }) })
	<-s.ended
	s.timers.wait()
}

func (s *Session) now() coord.Instant { return s.service.cfg.Clock.Now() }

// post puts something into the inbox, with the lock held.
func (s *Session) post(f func()) {
	s.inbox = append(s.inbox, f)
	if !s.emptying {
		s.emptying = true
		s.service.ready = append(s.service.ready, s)
	}
}

// emptyInbox carries out what has been received, and what is received meanwhile.
func (s *Session) emptyInbox() {
	for {
		s.service.mu.Lock()
		received := s.inbox
		s.inbox = nil
		if len(received) == 0 {
			s.emptying = false
			s.service.release()
			return
		}
		s.service.release()
		for _, f := range received {
			f()
		}
	}
}

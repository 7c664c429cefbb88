package coordtest

import (
	"errors"
	"sync"

	"github.com/hamaster/hamaster/coord"
)

var stateChecks = []check{
	{"StateChannelOfAFinalStateIsNeverClosed", nil, stateChannelOfAFinalState},
	{"StateChannelIsClosedWhenTheStateChanges", nil, stateChannelIsClosed},
	{"StateReadLateIsTheLast", nil, stateReadLateIsTheLast},
	{"StateIsSuspendedWhileCutOff", needs(Cuts), stateIsSuspendedWhileCutOff},
	{"StateComesBackToConnected", needs(Resets), stateComesBackToConnected},
	{"StateIsNeverMissedWhenConnectionsBreak", needs(Resets), stateIsNeverMissed},
	{"StateIsExpiredOnceTheServiceHasEndedTheSession", needs(Expiry), stateIsExpired},
	{"ExpiredSessionStaysExpired", needs(Expiry), expiredSessionStaysExpired},
	{"ExpiryEndsWatchesUnfired", needs(Expiry), expiryEndsWatchesUnfired},
}

func stateChannelOfAFinalState(e *env) {
	s := e.open()
	s.close()
	state, changed := s.State()
	if state != coord.Closed {
		e.Errorf("the state after Close must be closed; got %v", state)
	}
	s.Reconnect()
	_ = s.Close(e.context())
	if isOver(changed) {
		e.Errorf("the channel of a final state must never be closed; it is")
	}
}

func stateChannelIsClosed(e *env) {
	s := e.open()
	s.awaitState(coord.Connected)
	state, changed := s.State()
	_, again := s.State()
	s.close()
	for _, ch := range []<-chan struct{}{changed, again} {
		if !isOver(ch) {
			e.Errorf("the channel that State returned with %v must be closed once the session is closed; it is not", state)
		}
	}
}

func stateReadLateIsTheLast(e *env) {
	s := e.open()
	_, before := s.State()
	s.close()
	e.await("the state of before Close changes", before)
	if state, _ := s.State(); state != coord.Closed {
		e.Errorf("whoever is told of a change must find the state of after it, closed; got %v", state)
	}
}

func stateIsSuspendedWhileCutOff(e *env) {
	path := e.node("n")
	for _, way := range []Direction{Requests, Replies, Both} {
		s := e.open()
		s.awaitState(coord.Connected)
		s.link.Cut(way)
		s.awaitState(coord.Suspended)
		for _, c := range calls {
			ctx := e.context()
			e.mustEnd(c, path, c.do(ctx, s, path), coord.ErrConnectionLoss)
			if ctx.Err() != nil {
				e.Errorf("%s: a call of a suspended session must fail at once; it waited for its context, %v", c.op, e.patience)
			}
		}
		if state, changed := s.State(); state != coord.Suspended || isOver(changed) {
			e.Errorf("cut off for %v, a session must stay suspended; it is %v", way, state)
		}
		s.link.Heal()
		if state := s.awaitOneOf(coord.Connected); state == coord.Closed {
			e.Errorf("a session that comes back must be connected or expired; it is %v", state)
		}
	}
	e.calm.mustHold(path, []byte("data"))
}

func stateComesBackToConnected(e *env) {
	s := e.open()
	id := s.ID()
	for range 3 {
		s.awaitState(coord.Connected)
		_, changed := s.State()
		s.link.Reset()
		e.await("the state changes when the connection breaks", changed)
		s.awaitState(coord.Connected)
		if err := s.persist(func() error { return s.Sync(e.context(), e.root) }); err != nil || s.ID() != id {
			e.Errorf("a session must go on after a reset as the same one, %v; got %v, id %v", id, err, s.ID())
		}
	}
}

func stateIsNeverMissed(e *env) {
	s := e.open()
	var readers sync.WaitGroup
	give := e.context()
	last := make([]coord.State, 4)
	for i := range last {
		readers.Go(func() {
			for {
				state, changed := s.State()
				last[i] = state
				if state.Final() {
					return
				}
				select {
				case <-changed:
				case <-give.Done():
					return
				}
			}
		})
	}
	for range 5 {
		s.link.Reset()
		s.awaitState(coord.Connected)
	}
	_ = s.Close(e.context())
	readers.Wait()
	for _, state := range last {
		if state != coord.Closed {
			e.Errorf("a reader that follows the channels must come to the last state, closed; it ended at %v", state)
		}
	}
}

func stateIsExpired(e *env) {
	s := e.open()
	id := s.ID()
	path := s.create(e.path("n"), nil, coord.Ephemeral)
	s.expire()
	for _, c := range calls {
		e.mustEnd(c, path, c.do(e.context(), s, path), coord.ErrSessionExpired)
	}
	e.calm.mustLack(path)
	state, changed := s.State()
	if err := s.Close(e.context()); err != nil {
		e.Errorf("Close of an expired session has nobody to tell and must return nil; got %v", err)
	}
	if isOver(changed) {
		e.Errorf("the channel of a final state, %v, must never be closed; it is", state)
	}
	for _, c := range calls {
		err := c.do(e.context(), s, path)
		if !errors.Is(err, coord.ErrClosed) && !errors.Is(err, coord.ErrSessionExpired) {
			e.Errorf("%s on a session that expired and was closed must say so; got %v", c.op, err)
		}
	}
	if s.ID() != id {
		e.Errorf("ID must never change; it was %v, after expiry it is %v", id, s.ID())
	}
}

func expiredSessionStaysExpired(e *env) {
	s := e.open()
	s.expire()
	for range 3 {
		s.Reconnect()
		e.during(e.calm.Timeout()/8, func() {
			if state, _ := s.State(); state != coord.Expired {
				e.Fatalf("an expired session must never become anything else; it is %v", state)
			}
			_, err := s.Create(e.context(), e.path("ghost-"), nil, coord.EphemeralSequential)
			e.mustRefuse(err, "create", e.path("ghost-"), coord.ErrSessionExpired)
		})
	}
	e.calm.barrier()
	if names := e.calm.children(e.root); len(names) != 0 {
		e.Errorf("an expired session must make no node; found %q", names)
	}
	// Whoever wants to go on opens another.
	other := e.openOn(s.link)
	other.barrier()
	if other.ID() == s.ID() {
		e.Errorf("a session opened after another's expiry must be a new one; both are %v", s.ID())
	}
}

func expiryEndsWatchesUnfired(e *env) {
	path := e.node("n")
	s := e.open()
	watches := s.armAll(path, e.path("missing"))
	s.expire()
	for what, w := range watches {
		e.mustEndUnfired(what+" after expiry", w)
	}
}

// expire has the service end the session, and waits until the session knows.
func (s *session) expire() {
	s.env.Helper()
	if s.link.Expire != nil {
		s.link.Expire(s.ID())
		s.awaitState(coord.Expired)
		return
	}
	canary := s.create(s.env.path("canary-"), nil, coord.EphemeralSequential)
	s.link.Cut(Both)
	s.env.until("the service expires a session that is cut off", func() bool { return !s.env.calm.exists(canary) })
	s.link.Heal()
	s.awaitState(coord.Expired)
}

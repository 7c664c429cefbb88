package coordtest

import (
	"context"
	"errors"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// toySession is one session, both ends of it. The toy's lock guards all of it.
type toySession struct {
	toy  *toy
	link *toyLink
	id   coord.SessionID

	state    coord.State
	changed  chan struct{}
	gone     bool // at the service
	closing  bool
	heard    time.Time // when the service last heard of it
	answered time.Time // when it last heard of the service
	until    coord.Instant
	at       int // in the list of trees
	watches  map[toyKey][]func(coord.Event, bool)
	shared   map[toyKey]*coord.Watch
	fired    map[toyKey]bool // lately, as far as a bug remembers
	owned    []string
	sent     int           // calls, as far as a bug counts them
	turn     chan struct{} // held by the one call that is under way
	quit     chan struct{} // closed once Close has done all
}

type toyKey struct {
	kind, path string
}

// Open makes a session, if the link lets it through.
func (l *toyLink) Open(ctx context.Context) (coord.Session, error) {
	if err := ctx.Err(); err != nil && !l.toy.is(openIgnoresContext) {
		return nil, &coord.Error{Op: "open", Err: err}
	}
	for {
		if s := l.tryOpen(); s != nil {
			if l.toy.is(sessionEndsWithOpen) {
				context.AfterFunc(ctx, func() { _ = s.Close(context.Background()) })
			}
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, &coord.Error{Op: "open", Err: errors.Join(coord.ErrConnectionLoss, ctx.Err())}
		case <-time.After(toyTimeout / 20):
		}
	}
}

func (l *toyLink) tryOpen() *toySession {
	t := l.toy
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.cut != 0 && !t.is(openNeedsNoLink) {
		return nil
	}
	t.lastID++
	s := &toySession{
		toy: t, link: l, id: t.lastID, state: coord.Connected, changed: make(chan struct{}), heard: time.Now(), answered: time.Now(),
		at: len(t.trees) - 1, watches: map[toyKey][]func(coord.Event, bool){}, shared: map[toyKey]*coord.Watch{}, fired: map[toyKey]bool{},
		turn: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	if t.is(openIsSuspended) && len(t.all) > 0 {
		s.state = coord.Suspended
	}
	t.all, l.sessions = append(t.all, s), append(l.sessions, s)
	time.AfterFunc(toyTimeout/20, s.tick)
	return s
}

// tick is the session's pings, the service's look at who is silent, and the client's.
func (s *toySession) tick() {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	if s.state.Final() && s.gone {
		return
	}
	time.AfterFunc(toyTimeout/20, s.tick)
	now := time.Now()
	if s.link.cut&Requests == 0 && !s.state.Final() && !s.gone && !s.toy.is(noPings) {
		s.heard = now
	}
	limit := toyTimeout
	if s.toy.is(serviceIsImpatient) {
		limit = toyTimeout * 8 / 10
	}
	if now.Sub(s.heard) > limit && !s.toy.is(serviceNeverExpires) {
		s.toy.end(s)
	}
	switch {
	case s.state.Final():
	case s.link.cut == 0:
		s.hear()
	case now.Sub(s.answered) > toyTimeout*2/3 && s.state == coord.Connected && !s.toy.is(neverSuspends):
		s.enter(coord.Suspended)
		if s.toy.is(suspendedIsExpired) {
			s.finish(coord.Expired)
		}
	}
}

// hear is what the client makes of an answer from the service: to a ping, or to its connect request.
func (s *toySession) hear() {
	s.answered = time.Now()
	switch {
	case s.gone && !s.toy.is(expiredSessionIsReplaced):
		s.finish(coord.Expired)
	case s.state == coord.Suspended && !s.toy.is(openIsSuspended):
		if s.toy.is(catchUpIsLate) {
			time.AfterFunc(toyTimeout/10, s.lockedAdvance)
		}
		s.enter(coord.Connected)
	}
	if s.gone && s.toy.is(expiredSessionIsReplaced) {
		s.toy.lastID++
		s.gone, s.id = false, s.toy.lastID
	}
	if s.toy.is(pingsProveLife) {
		s.prove(toyNow())
	}
}

// enter changes the state. Before it becomes connected, watches are told of what came before.
func (s *toySession) enter(state coord.State) {
	if s.state == state || s.state.Final() && !(s.toy.is(expiredIsNotFinal) && state == coord.Connected) {
		return
	}
	if state == coord.Connected {
		if s.toy.is(reconnectDropsEvents) {
			s.at = len(s.toy.trees) - 1
		}
		if !s.toy.is(catchUpIsLate) && !s.toy.is(reconnectGoesBack) {
			s.state = state
			s.advance()
		}
		if s.toy.is(reconnectWakesAll) {
			s.wakeAll()
		}
	}
	s.state = state
	if !s.toy.is(stateChannelStaysOpen) {
		close(s.changed)
	}
	s.changed = make(chan struct{})
	if s.toy.is(finalChannelIsClosed) && state.Final() {
		close(s.changed)
	}
}

// finish ends the session for its owner.
func (s *toySession) finish(state coord.State) {
	if s.state.Final() {
		return
	}
	s.enter(state)
	if s.toy.is(endLeavesWatches) {
		return
	}
	for key, ends := range s.watches {
		delete(s.watches, key)
		for _, end := range ends {
			end(coord.Event{Type: coord.NodeDeleted, Path: key.path}, s.toy.is(endFiresWatches))
		}
	}
}

// disconnect is a reset of the connection; a new one is made soon.
func (s *toySession) disconnect() {
	if s.state.Final() {
		return
	}
	s.enter(coord.Suspended)
	if s.toy.is(reconnectDropsWatches) {
		s.watches = map[toyKey][]func(coord.Event, bool){}
	}
	if s.toy.is(reconnectGoesBack) {
		s.at = max(1, s.at-4)
	}
	if s.toy.is(reconnectIsANewSession) {
		s.toy.end(s)
		s.toy.lastID++
		s.gone, s.id = false, s.toy.lastID
	}
	time.AfterFunc(toyTimeout/100, func() {
		s.toy.mu.Lock()
		defer s.toy.mu.Unlock()
		if s.link.cut == 0 && s.state == coord.Suspended {
			s.hear()
		}
	})
}

func (s *toySession) ID() coord.SessionID {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	if s.toy.is(idsAreAllAlike) {
		return 7
	}
	return s.id
}

func (s *toySession) Timeout() time.Duration { return toyTimeout }

func (s *toySession) RenewEvery() time.Duration {
	if s.toy.is(renewEveryIsZero) {
		return 0
	}
	return toyTimeout / 6
}

func (s *toySession) State() (coord.State, <-chan struct{}) {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	return s.state, s.changed
}

func (s *toySession) AliveUntil() coord.Instant {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	if s.toy.is(aliveUntilIsFromNow) {
		return toyNow().Add(toyTimeout)
	}
	return s.until
}

// prove notes a successful write that was sent then.
func (s *toySession) prove(sent coord.Instant) {
	switch {
	case s.toy.is(aliveUntilNeverGrows) && s.until != 0:
	case s.toy.is(aliveUntilIsDouble):
		s.until = sent.Add(2 * toyTimeout)
	case s.toy.is(aliveUntilIsMeagre):
		s.until = sent.Add(toyTimeout / 100)
	default:
		s.until = max(s.until, sent.Add(toyTimeout))
	}
}

func (s *toySession) Reconnect() {
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	if s.toy.is(expiredIsNotFinal) && s.state.Final() {
		s.gone = false
		s.enter(coord.Connected)
	}
	if s.toy.is(aliveUntilShrinks) {
		s.until = 0
	}
	s.disconnect()
}

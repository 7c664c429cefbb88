package coordtest

import (
	"context"
	"errors"
	"sync"

	"github.com/hamaster/hamaster/coord"
)

var closeChecks = []check{
	{"CloseMakesEveryLaterCallFail", nil, closeMakesEveryLaterCallFail},
	{"CloseMayBeCalledAgain", nil, closeMayBeCalledAgain},
	{"CloseMayBeCalledByManyAtOnce", nil, closeMayBeCalledByManyAtOnce},
	{"CloseEndsWatchesUnfired", nil, closeEndsWatchesUnfired},
	{"CloseRemovesEphemeralsAtOnce", nil, closeRemovesEphemeralsAtOnce},
	{"CloseUnderAContextThatIsOverStillCloses", nil, closeUnderAContextThatIsOver},
	{"CloseSaysThatTheServiceCouldNotBeTold", needs(Cuts), closeSaysThatTheServiceCouldNotBeTold},
	{"CloseEndsCallsInFlight", needs(Cuts), closeEndsCallsInFlight},
	{"CloseIsRaceFreeWithCalls", nil, closeIsRaceFreeWithCalls},
}

func closeMakesEveryLaterCallFail(e *env) {
	path := e.node("n")
	s := e.open()
	id := s.ID()
	s.close()
	for _, c := range calls {
		e.mustEnd(c, path, c.do(e.context(), s, path), coord.ErrClosed)
	}
	e.calm.mustHold(path, []byte("data"))
	s.Reconnect()
	if s.ID() != id {
		e.Errorf("ID must never change; it was %v, after Close it is %v", id, s.ID())
	}
	if state, _ := s.State(); state != coord.Closed {
		e.Errorf("the state after Close must be closed; got %v", state)
	}
}

func closeMayBeCalledAgain(e *env) {
	s := e.open()
	for i := range 3 {
		if err := s.Close(e.context()); err != nil {
			e.Errorf("Close number %d of a connected session must return nil; got %v", i+1, err)
		}
	}
}

func closeMayBeCalledByManyAtOnce(e *env) {
	s := e.open()
	ctx := e.context()
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = s.Close(ctx)
			if state, _ := s.State(); errs[i] == nil && state != coord.Closed {
				errs[i] = errors.New("returned while the session is " + state.String())
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		e.Errorf("Close by many at once must return nil to each, with the session closed; got %v", err)
	}
}

func closeEndsWatchesUnfired(e *env) {
	path := e.node("n")
	s := e.open()
	watches := s.armAll(path, e.path("missing"))
	s.close()
	for what, w := range watches {
		e.mustEndUnfired(what+" after Close", w)
	}
}

func closeRemovesEphemeralsAtOnce(e *env) {
	parent := e.node("n")
	s := e.open()
	for _, mode := range []coord.CreateMode{coord.Ephemeral, coord.EphemeralSequential, coord.Persistent, coord.PersistentSequential} {
		for _, under := range []string{e.root, parent} {
			s.create(coord.JoinPath(under, "mode-"+mode.String()+"-"), nil, mode)
		}
	}
	s.close()
	e.calm.barrier()
	for _, under := range []string{e.root, parent} {
		for _, name := range e.calm.children(under) {
			if owner := e.calm.stat(coord.JoinPath(under, name)).EphemeralOwner; owner != 0 {
				e.Errorf("when Close has returned nil, its session's nodes must be gone; %s/%s of %v is there", under, name, owner)
			}
		}
		if got := len(e.calm.children(under)); got < 2 {
			e.Errorf("Close must remove ephemeral nodes only; under %s are left: %q", under, e.calm.children(under))
		}
	}
}

func closeUnderAContextThatIsOver(e *env) {
	for i, over := range overContexts(e) {
		s := e.open()
		path := s.create(e.path([]string{"a", "b"}[i]), nil, coord.Ephemeral)
		if err := s.Close(over.ctx); err == nil {
			e.calm.mustLack(path)
		}
		s.awaitState(coord.Closed)
		if err := s.Close(e.context()); err != nil {
			e.Errorf("Close after Close must return nil; got %v", err)
		}
		// Told or not, the session is silent from now on.
		e.until(path+" goes with its session", func() bool { return !e.calm.exists(path) })
	}
}

func closeSaysThatTheServiceCouldNotBeTold(e *env) {
	s := e.open()
	path := s.create(e.path("n"), nil, coord.Ephemeral)
	w := s.armAll(path, e.path("missing"))
	s.link.Cut(Both)
	ctx, cancel := context.WithTimeout(e.context(), s.Timeout()/8)
	defer cancel()
	err := s.Close(ctx)
	e.mustName(err, "close", "")
	if !errors.Is(err, coord.ErrConnectionLoss) {
		e.Errorf("Close over a link cut both ways cannot know whether the service was told, and must say so; got %v", err)
	}
	if state, _ := s.State(); !state.Final() {
		e.Errorf("a session must be over when Close has returned; it is %v", state)
	}
	for what, w := range w {
		e.mustEndUnfired(what+" after Close while cut off", w)
	}
	if err := s.Close(e.context()); err != nil {
		e.Errorf("Close after Close must return nil; got %v", err)
	}
	s.link.Heal()
	e.until(path+" goes with its session", func() bool { return !e.calm.exists(path) })
}

func closeEndsCallsInFlight(e *env) {
	path := e.node("n")
	s := e.open()
	s.link.Cut(Both)
	ctx := e.context()
	errs := make(chan error, len(calls))
	var all sync.WaitGroup
	for _, c := range calls {
		all.Go(func() { errs <- c.do(ctx, s, path) })
	}
	e.pause(s.Timeout() / 20) // so that they are in flight
	short, cancel := context.WithTimeout(ctx, s.Timeout()/8)
	defer cancel()
	_ = s.Close(short)
	all.Wait()
	for range calls {
		err := <-errs
		// A call is struck by Close before it was sent, or after.
		if errors.Is(err, coord.ErrConnectionLoss) == errors.Is(err, coord.ErrClosed) {
			e.Errorf("a call in flight when the session is closed must end with ErrConnectionLoss or ErrClosed; got %v", err)
		}
	}
}

func closeIsRaceFreeWithCalls(e *env) {
	path := e.node("n")
	for range 5 {
		s := e.open()
		ctx := e.context()
		errs := make(chan error, 4*len(calls))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for _, c := range calls[1:4] { // those that read
					errs <- c.do(ctx, s, path)
				}
			})
		}
		s.close()
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil && !errors.Is(err, coord.ErrClosed) && !errors.Is(err, coord.ErrConnectionLoss) {
				e.Errorf("a call that races with Close must succeed or end with ErrClosed or ErrConnectionLoss; got %v", err)
			}
		}
	}
}

// armAll arms every kind of watch on a node that is there and one that is missing.
func (s *session) armAll(present, missing string) map[string]*coord.Watch {
	s.env.Helper()
	watches := map[string]*coord.Watch{}
	for _, kind := range watchKinds {
		path := present
		if kind.missing {
			path = missing
		}
		watches[kind.name] = s.arm(kind, path)
	}
	return watches
}

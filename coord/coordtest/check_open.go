package coordtest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
)

var openChecks = []check{
	{"OpenGivesASessionOfItsOwn", nil, openGivesASessionOfItsOwn},
	{"OpenSessionIsConnected", nil, openSessionIsConnected},
	{"OpenTellsTheGrantedTimes", nil, openTellsTheGrantedTimes},
	{"OpenUnderAContextThatIsOverGivesItsError", nil, openUnderAContextThatIsOver},
	{"OpenEndsWithItsContext", needs(Cuts), openEndsWithItsContext},
	{"OpenSessionOutlivesTheContextOfOpen", nil, openSessionOutlivesTheContext},
	{"OpenMayBeCalledByManyAtOnce", nil, openMayBeCalledByManyAtOnce},
}

func openGivesASessionOfItsOwn(e *env) {
	link := e.client()
	sessions := []*session{e.openOn(link), e.openOn(link), e.open()}
	seen := map[coord.SessionID]bool{}
	for _, s := range sessions {
		id := s.ID()
		if id == 0 || seen[id] {
			e.Errorf("a session's id must be its own and not 0; got %v, others %v", id, seen)
		}
		seen[id] = true
		owner := s.stat(s.create(e.path("of-"+id.String()), nil, coord.Ephemeral)).EphemeralOwner
		if owner != id || s.ID() != id {
			e.Errorf("ID must be what Stat.EphemeralOwner says, and never change; got %v, owner %v, later %v", id, owner, s.ID())
		}
	}
	// They end one by one.
	sessions[0].close()
	sessions[1].barrier()
	sessions[2].barrier()
}

func openSessionIsConnected(e *env) {
	s := e.open()
	// It may have lost its connection since, on a bad day, but not be anything else.
	s.awaitState(coord.Connected)
	s.barrier()
}

func openTellsTheGrantedTimes(e *env) {
	s := e.open()
	timeout, renew := s.Timeout(), s.RenewEvery()
	if timeout <= 0 {
		e.Errorf("Timeout must be positive; got %v", timeout)
	}
	if renew <= 0 || renew >= timeout {
		e.Errorf("RenewEvery must be positive, and within the timeout of %v to be of any use; got %v", timeout, renew)
	}
}

func openUnderAContextThatIsOver(e *env) {
	link := e.client()
	for _, over := range overContexts(e) {
		s, err := link.Backend.Open(over.ctx)
		e.mustMatch("Open under a context that is over", err, over.err)
		e.mustName(err, "open", "")
		if s != nil {
			e.Errorf("Open that fails must return no session; got one with id %v", s.ID())
		}
	}
}

func openEndsWithItsContext(e *env) {
	timeout := e.calm.Timeout()
	for _, way := range []Direction{Requests, Replies, Both} {
		link := e.client()
		link.Cut(way)
		ctx, cancel := context.WithTimeout(e.context(), timeout/8)
		s, err := link.Backend.Open(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || s != nil {
			e.Errorf("Open over a link cut for %v must end with its context's error and no session; got %v, %v", way, s, err)
		}
		link.Heal()
		e.openOn(link).barrier()
	}
}

func openSessionOutlivesTheContext(e *env) {
	ctx, cancel := context.WithCancel(e.context())
	s, err := e.client().Backend.Open(ctx)
	if err != nil {
		e.Fatalf("Open: must succeed; got %v", err)
	}
	cancel()
	opened := &session{Session: s, env: e}
	e.during(s.Timeout()/8, func() { opened.barrier() })
	opened.close()
}

func openMayBeCalledByManyAtOnce(e *env) {
	const n = 8
	link := e.client()
	ctx := e.context()
	ids := make([]coord.SessionID, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			s, err := link.Backend.Open(ctx)
			if err != nil {
				errs[i] = err
				return
			}
			ids[i] = s.ID()
			errs[i] = s.Close(ctx)
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		e.Errorf("sessions opened and closed at the same time must not disturb each other; got %v", err)
	}
	seen := map[coord.SessionID]bool{}
	for _, id := range ids {
		if seen[id] {
			e.Errorf("two sessions must never share an id; got %v", ids)
		}
		seen[id] = true
	}
}

// overContext is a context that is over, and the error it is over with.
type overContext struct {
	ctx context.Context
	err error
}

func overContexts(e *env) []overContext {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	e.Cleanup(cancel)
	return []overContext{{cancelled, context.Canceled}, {late, context.DeadlineExceeded}}
}

package coordtest

import (
	"errors"
	"sync"

	"github.com/hamaster/hamaster/coord"
)

var reconnectChecks = []check{
	{"ReconnectKeepsTheSessionAndItsNodes", nil, reconnectKeeps},
	{"ReconnectKeepsWatches", nil, reconnectKeepsWatches},
	{"ReconnectWakesNoWatch", nil, reconnectWakesNoWatch},
	{"ReconnectMayBeCalledAtAnyTime", nil, reconnectAtAnyTime},
	{"ReconnectOnlyEverLosesConnections", nil, reconnectOnlyLosesConnections},
	{"ResetKeepsTheSessionItsNodesAndWatches", needs(Resets), resetKeeps},
}

// again makes a call of the session succeed after its connection was dropped.
func (s *session) again() {
	s.env.Helper()
	err := s.persist(func() error { return errOf2(s.Multi(s.env.context(), coord.CheckOp(s.env.root, coord.AnyVersion))) })
	if err != nil {
		s.env.Fatalf("a session must go on after its connection was dropped; got %v", err)
	}
}

func reconnectKeeps(e *env) {
	s := e.open()
	id := s.ID()
	path := s.create(e.path("n"), []byte("mine"), coord.Ephemeral)
	want := s.stat(path)
	for range 5 {
		s.Reconnect()
		s.again()
		s.awaitState(coord.Connected)
		if stat := e.calm.mustHold(path, []byte("mine")); stat != want || s.ID() != id {
			e.Errorf("Reconnect must leave the session alone: node %+v of %v; got %+v, %v", want, id, stat, s.ID())
		}
	}
	if s.Timeout() <= 0 || s.RenewEvery() <= 0 {
		e.Errorf("Timeout and RenewEvery must be positive; got %v, %v", s.Timeout(), s.RenewEvery())
	}
}

func reconnectKeepsWatches(e *env) {
	for _, kind := range watchKinds {
		s := e.open()
		path := e.path("n-" + kind.name)
		if !kind.missing {
			e.node("n-" + kind.name)
			s.barrier()
		}
		w := s.arm(kind, path)
		s.Reconnect()
		s.Reconnect()
		s.again()
		e.mustBeArmed(kind.name+" after Reconnect", w)
		e.mustFire(kind.name+" after Reconnect", w, kind.disturb(e, path))
	}
}

// reconnectWakesNoWatch has things happen before the watches are armed, which a careless catch-up would tell of.
func reconnectWakesNoWatch(e *env) {
	s := e.open()
	path := e.node("n")
	e.node("n", "child")
	e.calm.set(path, []byte("changed"))
	e.calm.delete(e.path("n", "child"))
	e.node("missing")
	e.calm.delete(e.path("missing"))
	s.barrier()
	watches := s.armAll(path, e.path("missing"))
	// Changes elsewhere, and of the node in ways that the kind does not see, are nothing to catch up on.
	e.node("sibling")
	for range 3 {
		s.Reconnect()
		s.again()
	}
	for name, w := range watches {
		e.mustBeArmed(name+" after Reconnect without a change", w)
	}
}

func reconnectAtAnyTime(e *env) {
	s := e.open()
	for range 10 {
		s.Reconnect()
	}
	s.again()
	var all sync.WaitGroup
	for range 4 {
		all.Go(s.Reconnect)
	}
	all.Wait()
	s.again()
	s.Reconnect()
	_ = s.Close(e.context())
	s.Reconnect()
	s.awaitState(coord.Closed)
}

func reconnectOnlyLosesConnections(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	ctx := e.context()
	var callers sync.WaitGroup
	done := make(chan struct{})
	wrong := make([]error, 4)
	for i := range wrong {
		callers.Go(func() {
			for !isOver(done) && wrong[i] == nil {
				_, changed := s.State()
				switch err := calls[1+i].do(ctx, s, path); { // exists, get, children, set
				case errors.Is(err, coord.ErrConnectionLoss):
					e.either(changed, done)
				case err != nil:
					wrong[i] = err
				}
			}
		})
	}
	for range 5 {
		s.again()
		s.Reconnect()
		s.awaitState(coord.Connected)
	}
	s.again()
	close(done)
	callers.Wait()
	if err := errors.Join(wrong...); err != nil {
		e.Errorf("a call that is struck by Reconnect must succeed or tell of a connection loss; got %v", err)
	}
}

func resetKeeps(e *env) {
	s := e.open()
	id := s.ID()
	mine := s.create(e.path("mine"), nil, coord.Ephemeral)
	for _, kind := range watchKinds {
		path := e.path("n-" + kind.name)
		if !kind.missing {
			e.node("n-" + kind.name)
		}
		s.again()
		w := s.arm(kind, path)
		_, changed := s.State()
		s.link.Reset()
		e.await("the state changes when the connection breaks", changed)
		s.again()
		e.mustBeArmed(kind.name+" after a reset", w)
		e.mustFire(kind.name+" after a reset", w, kind.disturb(e, path))
	}
	if stat := e.calm.mustHold(mine, nil); stat.EphemeralOwner != id || s.ID() != id {
		e.Errorf("a reset must leave session %v and its node alone; got %v, %+v", id, s.ID(), stat)
	}
}

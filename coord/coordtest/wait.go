package coordtest

import (
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// deadline bounds one wait by the harness's patience.
type deadline struct{ up <-chan time.Time }

func (e *env) deadline() deadline {
	t := time.NewTimer(e.patience)
	e.Cleanup(func() { t.Stop() })
	return deadline{t.C}
}

// pause lets time go by, where the contract is about what happens meanwhile.
func (e *env) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	<-t.C
}

// pauses come between looks at something that cannot be waited for. They grow.
type pauses struct{ next time.Duration }

func (p *pauses) timer() *time.Timer {
	const shortest, longest = 50 * time.Microsecond, 5 * time.Millisecond
	p.next = min(max(2*p.next, shortest), longest)
	return time.NewTimer(p.next)
}

// either waits for one of two channels to be closed, or for a moment: who calls looks again.
func (e *env) either(one, other <-chan struct{}) {
	pause := (&pauses{}).timer()
	defer pause.Stop()
	select {
	case <-one:
	case <-other:
	case <-pause.C:
	}
}

// until looks again and again until the condition holds. What must come is told when it does not.
func (e *env) until(what string, holds func() bool) {
	e.Helper()
	give := e.deadline()
	var p pauses
	for !holds() {
		pause := p.timer()
		select {
		case <-pause.C:
		case <-give.up:
			e.Fatalf("%s: must come about; it did not in %v", what, e.patience)
		}
		pause.Stop()
	}
}

// await waits for a channel to be closed.
func (e *env) await(what string, done <-chan struct{}) {
	e.Helper()
	select {
	case <-done:
		return
	default:
	}
	select {
	case <-done:
	case <-e.deadline().up:
		e.Fatalf("%s: must come about; it did not in %v", what, e.patience)
	}
}

// during calls look again and again for that long.
func (e *env) during(d time.Duration, look func()) {
	end := time.NewTimer(d)
	defer end.Stop()
	var p pauses
	for {
		look()
		pause := p.timer()
		select {
		case <-pause.C:
		case <-end.C:
			pause.Stop()
			return
		}
	}
}

// meanwhile does work in a goroutine, which the check waits for in any case, and returns the function that waits for it to succeed.
func (e *env) meanwhile(work func() error) (wait func()) {
	var group sync.WaitGroup
	var err error
	group.Go(func() { err = work() })
	e.Cleanup(group.Wait)
	return func() {
		e.Helper()
		group.Wait()
		if err != nil {
			e.Fatalf("what goes on meanwhile must succeed; got %v", err)
		}
	}
}

// awaitState waits until the session is in that state. Another final state ends the check.
func (s *session) awaitState(want coord.State) {
	s.env.Helper()
	if got := s.awaitOneOf(want); got != want {
		s.env.Fatalf("the session must become %v; it is %v for good", want, got)
	}
}

// awaitOneOf waits until the session is in one of these states, or a final one, and returns it.
func (s *session) awaitOneOf(want ...coord.State) coord.State {
	s.env.Helper()
	give := s.env.deadline()
	for {
		state, changed := s.State()
		for _, w := range want {
			if state == w {
				return state
			}
		}
		if state.Final() {
			return state
		}
		select {
		case <-changed:
		case <-give.up:
			s.env.Fatalf("the session must become %v; it is still %v after %v", want, state, s.env.patience)
		}
	}
}

// isOver tells whether a channel is closed.
func isOver(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// mustFire waits for the watch to end with that event.
func (e *env) mustFire(what string, w *coord.Watch, want coord.Event) {
	e.Helper()
	e.await(what+": the watch ends", w.Done())
	if got, fired := w.Event(); !fired || got != want {
		e.Errorf("%s: the watch must end with %v; got %v, fired %v", what, want, got, fired)
	}
}

// mustHaveFired is mustFire for a watch that must be over already.
func (e *env) mustHaveFired(what string, w *coord.Watch, want coord.Event) {
	e.Helper()
	if !isOver(w.Done()) {
		e.Errorf("%s: the watch must be over by then; it is not", what)
		return
	}
	e.mustFire(what, w, want)
}

// mustBeArmed checks that the watch has not ended.
func (e *env) mustBeArmed(what string, w *coord.Watch) {
	e.Helper()
	if w == nil {
		e.Fatalf("%s: there must be a watch; it is nil", what)
	}
	if got, fired := w.Event(); fired || isOver(w.Done()) {
		e.Errorf("%s: the watch must not end; it ended with %v, fired %v", what, got, fired)
	}
}

// mustEndUnfired waits for the watch to end with its session.
func (e *env) mustEndUnfired(what string, w *coord.Watch) {
	e.Helper()
	e.await(what+": the watch ends with the session", w.Done())
	if got, fired := w.Event(); fired {
		e.Errorf("%s: a watch that ends with its session has not fired; got %v", what, got)
	}
}

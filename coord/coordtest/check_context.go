package coordtest

import (
	"context"
	"errors"
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var contextChecks = []check{
	{"ContextThatIsOverSendsNothing", nil, contextThatIsOver},
	{"ContextThatIsOverIsToldOfNothingElse", nil, contextThatIsOverToldAlone},
	{"ContextEndsEveryCall", needs(Cuts), contextEndsEveryCall},
	{"ContextEndsACallBehindOneGivenUp", needs(Cuts), contextEndsACallBehindOther},
	{"ContextThatEndsLeavesTheOutcomeOpen", needs(Cuts), contextLeavesOutcomeOpen},
}

func contextThatIsOver(e *env) {
	path := e.node("n")
	e.node("n", "child")
	before := e.snapshot()
	s := e.open()
	for _, over := range overContexts(e) {
		for _, c := range calls {
			for _, at := range []string{path, e.path("n", "child"), e.path("missing")} {
				e.mustEnd(c, at, c.do(over.ctx, s, at), over.err)
			}
		}
	}
	s.barrier()
	e.mustBeAsBefore("calls under a context that is over", before)
}

func contextThatIsOverToldAlone(e *env) {
	s := e.open()
	path := e.node("n")
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(e.context())
	cancel(cause)
	_, err := s.Set(ctx, path, nil, coord.AnyVersion)
	e.mustRefuse(err, "set", path, context.Canceled)
	// The session is none the worse for it.
	s.mustHold(path, []byte("data"))
}

// contextEndsEveryCall has each call wait for an answer that does not come. Whether a call got as far as being sent before its
// context ended, and whether the session still believed in its connection, is not in the suite's hand: it tries until it was.
func contextEndsEveryCall(e *env) {
	for _, c := range calls {
		caught := false
		for try := 0; try < 5 && !caught; try++ {
			s := e.open()
			path := e.node(c.op + strconv.Itoa(try))
			s.barrier()
			s.link.Cut(Both)
			caught = s.giveUp(c, path)
			s.link.Heal()
		}
		if !caught {
			e.Errorf("%s: in 5 tries over a link that is cut, its context must once have ended it in mid-flight; it never did", c.op)
		}
	}
}

// giveUp makes a call over a link that is cut and gives it up, and reports whether it was sent by then.
func (s *session) giveUp(c call, path string) bool {
	s.env.Helper()
	_, changed := s.State()
	ctx, cancel := context.WithTimeout(s.env.context(), s.Timeout()/10)
	defer cancel()
	err := c.do(ctx, s, path)
	return s.env.endedByContext(c, path, err, isOver(changed))
}

// contextEndsACallBehindOther gives up a call that must not overtake another, of which nobody knows where it is.
func contextEndsACallBehindOther(e *env) {
	for i, way := range []Direction{Requests, Replies, Both} {
		s := e.open()
		path := e.node("n" + strconv.Itoa(i))
		s.barrier()
		s.link.Cut(way)
		for _, c := range calls[1:6] {
			s.giveUp(c, path)
		}
		s.link.Heal()
	}
}

// endedByContext checks the error of a call over a cut link, and reports whether the call was sent before its context ended.
func (e *env) endedByContext(c call, path string, err error, disconnected bool) bool {
	e.Helper()
	switch {
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(err, coord.ErrConnectionLoss):
		e.mustEnd(c, path, err, context.DeadlineExceeded, coord.ErrConnectionLoss)
		return true
	case errors.Is(err, context.DeadlineExceeded):
		e.mustEnd(c, path, err, context.DeadlineExceeded)
	case disconnected:
		e.mustEnd(c, path, err, coord.ErrConnectionLoss)
	default:
		e.Errorf("%s over a link that is cut must end with its context, or with the connection; got %v", c.op, err)
	}
	return false
}

// contextLeavesOutcomeOpen cuts off replies alone: the call takes effect, and cannot be known to.
func contextLeavesOutcomeOpen(e *env) {
	s := e.open()
	path := e.path("n")
	s.link.Cut(Replies)
	_, changed := s.State()
	sent := s.giveUp(calls[0], path) || isOver(changed)
	if sent {
		e.until("a request that was sent takes effect though its reply is lost", func() bool { return e.calm.exists(path) })
	} else if e.calm.exists(path) {
		e.Errorf("a create that ended with its context's error alone was never sent; and yet %s is there", path)
	}
}

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

// Term is one mastership, as its role sees it. It is safe for concurrent use.
type Term struct {
	term    election.Term
	path    string
	session coord.Session
	grace   time.Duration

	ctx    context.Context // the role's
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	closed  bool           // the gate
	writing sync.WaitGroup // transactions that passed it

	returned chan struct{} // closed when the role has returned
}

func newTerm(parent context.Context, t election.Term, path string, session coord.Session, grace time.Duration) *Term {
	term := &Term{term: t, path: path, session: session, grace: grace, returned: make(chan struct{})}
	term.ctx, term.cancel = context.WithCancelCause(parent)
	return term
}

// Token is the fencing token: it grows from term to term for the life of the ensemble. It is the zxid of the claim: the mZxid of
// the election path while the term lasts.
func (t *Term) Token() coord.Zxid { return t.term.Token }

// Number counts the terms of this election path.
func (t *Term) Number() uint64 { return t.term.Number }

// Node is the path of the master's candidate node.
func (t *Term) Node() string { return coord.JoinPath(t.path, t.term.Node) }

// Remaining is how much of the lease is left: for that long nobody else can be master, even if all connections are lost now. It
// is renewed in the background, and not positive once the term is over. It sees pauses of the process and suspensions of the
// machine. It costs about a microsecond.
func (t *Term) Remaining() time.Duration {
	t.mu.Lock()
	closed := t.closed
	t.mu.Unlock()
	if closed {
		return 0
	}
	return t.session.AliveUntil().Add(-t.grace).Sub(clock.Now())
}

// LeaseEnd is when the lease ends unless it is renewed, by the local clock.
func (t *Term) LeaseEnd() time.Time { return time.Now().Add(t.Remaining()) }

// Valid reports whether the role may act now. A role asks before each thing it does that must not be done twice.
func (t *Term) Valid() bool { return t.Remaining() > 0 }

// Multi makes a transaction that the service refuses unless this term is the current one: the candidate node stands and the
// register shows this term. An error that matches [ErrNotMaster] says that nothing was done for that reason. Once the term has
// ended, a transaction under way is given up, with coord.ErrConnectionLoss if it may have been made all the same, while the term
// stood. The index of an operation that refused counts the given ops alone.
func (t *Term) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	if !t.enter() {
		return nil, &coord.Error{Op: "multi", Path: t.path, Err: ErrNotMaster}
	}
	defer t.writing.Done()
	// Once the gate closes nothing waits for an answer any more.
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()

	results, err := t.session.Multi(bounded, append(t.checks(), ops...)...)
	if err != nil {
		return nil, t.fenced(err, ctx.Err() == nil)
	}
	return results[checks:], nil
}

const checks = 2

func (t *Term) checks() []coord.Op {
	return []coord.Op{
		coord.CheckOp(t.Node(), coord.AnyVersion),
		coord.CheckOp(t.path, t.term.Version),
	}
}

// fenced adds ErrNotMaster where the term's end is why nothing was done, and counts the caller's operations from 0. Wanted: the
// caller still waits, so that only the gate can have ended the call's context.
func (t *Term) fenced(err error, wanted bool) error {
	var e *coord.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Index >= checks:
		return &coord.Error{Op: e.Op, Path: e.Path, Index: e.Index - checks, Err: e.Err}
	case refused(e), wanted && errors.Is(e, context.Canceled) && !errors.Is(e, coord.ErrConnectionLoss):
		return &coord.Error{Op: e.Op, Path: e.Path, Err: fmt.Errorf("%w: %w", ErrNotMaster, e.Err)}
	}
	return err
}

// refused: by one of the checks, or because the term's session is over.
func refused(e *coord.Error) bool {
	for _, over := range []error{coord.ErrNoNode, coord.ErrBadVersion, coord.ErrSessionExpired, coord.ErrClosed} {
		if errors.Is(e, over) {
			return true
		}
	}
	return false
}

// enter lets a transaction through the gate.
func (t *Term) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.writing.Add(1)
	return true
}

// end closes the gate, then tells the role and the transactions under way.
func (t *Term) end(reason Reason) {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel(&EndedError{Token: t.term.Token, Reason: reason})
}

// conclude is called when the role has returned. When it returns no transaction of this term is under way any more: the service's
// order of calls then keeps any from taking effect after what this process does next.
func (t *Term) conclude() {
	close(t.returned)
	t.end(election.RoleEnded)
	t.writing.Wait()
}

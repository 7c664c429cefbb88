package ha

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// handing gives the test the term, and holds the role until it is told to stop.
func (a *arena) handing(id string, terms chan<- *Term) Role {
	return func(ctx context.Context, term *Term) error {
		s := a.begin(id, term)
		terms <- term
		<-ctx.Done()
		a.finish(s, context.Cause(ctx))
		return nil
	}
}

func TestAFencedTransactionCommitsOnlyWhileItsTermStands(t *testing.T) {
	inArena(t, func(a *arena) {
		ctx := context.Background()
		terms := make(chan *Term, 4)
		p := a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		results, err := term.Multi(ctx, coord.CreateOp("/work", nil, coord.Persistent))
		if err != nil || len(results) != 1 || results[0].Path != "/work" {
			t.Fatalf("while it stands: %v, %v", results, err)
		}
		var e *coord.Error
		if _, err = term.Multi(ctx, coord.CheckOp("/work", 0), coord.CreateOp("/work", nil, coord.Persistent)); !errors.As(err, &e) || e.Index != 1 ||
			!errors.Is(err, coord.ErrNodeExists) || errors.Is(err, ErrNotMaster) {
			t.Errorf("a refusal of the caller's own: %v, want ErrNodeExists at index 1", err)
		}
		if _, err = term.Multi(ctx, coord.DeleteOp("/absent", -1)); !errors.Is(err, coord.ErrNoNode) || errors.Is(err, ErrNotMaster) {
			t.Errorf("a refusal of the caller's own: %v, want ErrNoNode alone", err)
		}
		a.service.Expire(p.session(a))
		a.settle()
		if _, err = term.Multi(ctx, coord.SetOp("/work", []byte("late"), -1)); !errors.Is(err, ErrNotMaster) {
			t.Errorf("after its end: %v, want ErrNotMaster", err)
		}
		if term.Valid() || term.Remaining() > 0 {
			t.Error("the ended term says that it is valid")
		}
	})
}

func TestTheServiceRefusesAFencedTransactionOfAnOldTerm(t *testing.T) {
	inArena(t, func(a *arena) {
		terms := make(chan *Term, 4)
		p := a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		// As if this process had not yet heard of anything: the gate is open, the node is gone.
		admin, err := a.service.Client("admin").Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		p.link.Delay(bothWays, 100*time.Millisecond)
		status, _ := p.candidate.Status()
		if err := admin.Delete(context.Background(), path+"/"+status.Node, coord.AnyVersion); err != nil {
			t.Fatal(err)
		}
		if _, err := term.Multi(context.Background(), coord.CreateOp("/late", nil, coord.Persistent)); !errors.Is(err, ErrNotMaster) && !errors.Is(err, coord.ErrConnectionLoss) {
			t.Errorf("%v, want the service's refusal", err)
		}
		if _, _, err := a.service.Tree().Get("/late", nil); err == nil {
			t.Error("the write of an old term took effect")
		}
	})
}

func TestTheLeaseEndsBeforeTheSessionCould(t *testing.T) {
	inArena(t, func(a *arena) {
		terms := make(chan *Term, 4)
		p := a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		time.Sleep(timeout)
		p.link.Cut(bothWays)
		cut := time.Now()
		for term.Valid() {
			time.Sleep(time.Millisecond)
		}
		held := time.Since(cut)
		if held > timeout*9/10 || held < timeout/2 {
			t.Errorf("the lease held for %v after the cut, want between half the timeout and it less the grace", held)
		}
		a.settle()
		if s := a.last(); s.end.IsZero() || s.end.Sub(cut) > timeout*9/10 {
			t.Errorf("the role ended %v after the cut", s.end.Sub(cut))
		}
	})
}

func TestAPausedProcessFindsItsTermInvalid(t *testing.T) {
	inArena(t, func(a *arena) {
		terms := make(chan *Term, 4)
		p := a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		end := term.LeaseEnd()
		p.link.Cut(bothWays)
		time.Sleep(time.Until(end.Add(time.Nanosecond)))
		// No event of the election need have been handled by now.
		if term.Valid() {
			t.Error("valid after the end of the lease")
		}
	})
}

func TestTheCauseOfARolesContextNamesTermAndReason(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a")
		_ = p.quit()
		s := a.last()
		var ended *EndedError
		if !errors.As(s.cause, &ended) || ended.Token != s.token || ended.Reason != election.Leaving {
			t.Errorf("cause %v, want the token %v and leaving", s.cause, s.token)
		}
	})
}

// answering is a session whose every transaction ends in the same error.
type answering struct {
	coord.Session
	err error
}

func (s answering) Multi(context.Context, ...coord.Op) ([]coord.Result, error) {
	return nil, &coord.Error{Op: "multi", Path: path, Err: s.err}
}

func TestAFencedTransactionKeptBackByTheEndOfItsTermSaysSo(t *testing.T) {
	for _, err := range []error{coord.ErrSessionExpired, coord.ErrClosed, coord.ErrNoNode, coord.ErrBadVersion} {
		term := newTerm(context.Background(), election.Term{Node: "a-0"}, path, answering{err: err}, 0)
		if _, got := term.Multi(context.Background()); !errors.Is(got, ErrNotMaster) || !errors.Is(got, err) {
			t.Errorf("%v became %v, want it to match ErrNotMaster too", err, got)
		}
	}
	for _, err := range []error{coord.ErrConnectionLoss, coord.ErrInvalid, coord.ErrNoAuth} {
		term := newTerm(context.Background(), election.Term{Node: "a-0"}, path, answering{err: err}, 0)
		if _, got := term.Multi(context.Background()); errors.Is(got, ErrNotMaster) || !errors.Is(got, err) {
			t.Errorf("%v became %v, want it unchanged", err, got)
		}
	}
}

// late is a session that sends nothing more for a call whose context is over.
type late struct {
	coord.Session
	end func()
}

func (s late) Multi(ctx context.Context, _ ...coord.Op) ([]coord.Result, error) {
	s.end()
	<-ctx.Done()
	return nil, &coord.Error{Op: "multi", Err: ctx.Err()}
}

func TestAFencedTransactionThatTheGateKeptFromBeingSentWasNotMade(t *testing.T) {
	var term *Term
	s := late{end: func() { term.end(election.LeaseEnded) }}
	term = newTerm(context.Background(), election.Term{Node: "a-0"}, path, s, 0)
	if _, err := term.Multi(context.Background()); !errors.Is(err, ErrNotMaster) {
		t.Errorf("%v, want ErrNotMaster", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	term = newTerm(context.Background(), election.Term{Node: "a-0"}, path, s, 0)
	if _, err := term.Multi(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNotMaster) {
		t.Errorf("%v, want the caller's own context's error", err)
	}
}

package ha

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha/election"
)

// This file is about transactions of terms that are over, or were left under way when the role returned.

func TestTheServiceRefusesAFencedTransactionOnceTheRegisterHasMovedOn(t *testing.T) {
	inArena(t, func(a *arena) {
		terms := make(chan *Term, 4)
		p := a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		p.link.Delay(membackend.Replies, time.Second) // the process does not hear of it yet
		a.asAdmin(coord.SetOp(path, nil, coord.AnyVersion))
		if _, err := term.Multi(context.Background(), coord.CreateOp("/late", nil, coord.Persistent)); err == nil {
			t.Error("S5: a transaction of a deposed term goes through")
		}
		if _, err := a.service.Tree().Exists("/late"); err == nil {
			t.Error("S5: a transaction of a deposed term was made")
		}
	})
}

func TestTheGateIsClosedBeforeTheRoleIsTold(t *testing.T) {
	for range 3 {
		if entersWhenTold() {
			t.Fatal("S5: the role was told of its term's end, and then began a transaction")
		}
	}
}

// entersWhenTold asks without a pause whether a term has ended, and then tries its gate. The role's context has so many children that telling
// it takes longer than a goroutine may run without a break, 10 ms: so it is caught at it also where there is one processor.
func entersWhenTold() bool {
	term := newTerm(context.Background(), election.Term{Node: "a-0"}, path, nil, 0)
	var children []context.CancelFunc
	for range 150_000 {
		_, cancel := context.WithCancel(term.ctx)
		children = append(children, cancel)
	}
	asking, entered := make(chan struct{}), make(chan bool)
	go func() {
		close(asking)
		for term.ctx.Err() == nil {
			runtime.Gosched()
		}
		entered <- term.enter()
	}()
	<-asking
	term.end(election.LeaseEnded)
	runtime.KeepAlive(children)
	return <-entered
}

// halting is a session in which the thread that makes a fenced transaction stands still, once, between its last look at the call's
// context and the sending: the system may stop a thread there, for any length, while the others of the process go on.
type halting struct {
	coord.Session
	once      *sync.Once
	here, fit chan struct{}
}

func (s halting) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	if len(ops) > checks { // a renewal and a claim have no more
		s.once.Do(func() {
			close(s.here)
			<-s.fit
			ctx = context.WithoutCancel(ctx)
		})
	}
	return s.Session.Multi(ctx, ops...)
}

// leaving makes a transaction in its first term, in a goroutine that it does not wait for.
func (a *arena) leaving(strays *sync.WaitGroup, make func(*Term)) Role {
	return func(ctx context.Context, term *Term) error {
		s := a.begin("a", term)
		if a.terms() == 1 {
			strays.Go(func() { make(term) })
		}
		<-ctx.Done()
		a.finish(s, context.Cause(ctx))
		return nil
	}
}

// Where the election path is deleted and made again the names and versions of nodes start over: then the service cannot tell a
// transaction of an old term from one of the present. Only the process can, by not beginning the next before the last is over.
func TestAStrayTransactionOfATermIsNotMadeInTheNext(t *testing.T) {
	inArena(t, func(a *arena) {
		halt := halting{once: &sync.Once{}, here: make(chan struct{}), fit: make(chan struct{})}
		var strays sync.WaitGroup
		var stray error
		a.joinOver("a", func(s coord.Session) coord.Session {
			return halting{s, halt.once, halt.here, halt.fit}
		}, withRole(a.leaving(&strays, func(term *Term) {
			_, stray = term.Multi(context.Background(), coord.CreateOp("/stray", nil, coord.Persistent))
		})))
		<-halt.here
		a.deletePath()
		time.Sleep(timeout)
		close(halt.fit)
		strays.Wait()
		if _, err := a.service.Tree().Exists("/stray"); err == nil || stray == nil {
			t.Errorf("S5: a transaction of the first term was made, %v, in term %d", stray, a.terms())
		}
		time.Sleep(timeout)
		if a.wantMaster("a"); a.terms() != 2 {
			t.Errorf("%d terms, want a second one once the stray was over", a.terms())
		}
	})
}

// deletePath deletes the election path and the one node under it.
func (a *arena) deletePath() {
	a.t.Helper()
	names, _, err := a.service.Tree().Children(nil, path, nil)
	if err != nil || len(names) != 1 {
		a.t.Fatalf("%v stand, %v: want one node", names, err)
	}
	a.asAdmin(coord.DeleteOp(path+"/"+names[0], coord.AnyVersion), coord.DeleteOp(path, coord.AnyVersion))
}

// asAdmin makes a transaction in a session of its own.
func (a *arena) asAdmin(ops ...coord.Op) {
	a.t.Helper()
	admin, err := a.service.Client("admin").Open(context.Background())
	if err != nil {
		a.t.Fatal(err)
	}
	defer admin.Close(context.Background())
	if _, err := admin.Multi(context.Background(), ops...); err != nil {
		a.t.Fatal(err)
	}
}

func TestARoleThatGoesByItselfLeavesNoTransactionUnderWay(t *testing.T) {
	inArena(t, func(a *arena) {
		var stray sync.WaitGroup
		var given error
		enough := make(chan struct{})
		p := a.join("a", withRole(func(_ context.Context, term *Term) error {
			<-enough
			stray.Go(func() { _, given = term.Multi(context.Background(), coord.CheckOp("/", coord.AnyVersion)) })
			time.Sleep(time.Millisecond)
			return nil
		}))
		p.link.Delay(bothWays, timeout/4)
		close(enough)
		a.settle()
		if !p.saw(RoleStopped) {
			t.Errorf("a role that has returned is held up by its transaction: %v", p.kinds())
		}
		stray.Wait()
		if !errors.Is(given, coord.ErrConnectionLoss) {
			t.Errorf("the transaction under way ended with %v, want it given up", given)
		}
	})
}

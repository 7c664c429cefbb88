package proptest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

const (
	// What a user gets who says nothing. The lease must outlast what the servers need to elect a leader: under a second, where nothing
	// else runs, but six with a load of fifteen on two cores, which a session of four seconds did not survive. package zktest says
	// what can make it more than ten, and keeps the servers from it.
	ensembleTick    = 200 * time.Millisecond
	ensembleTimeout = zkbackend.DefaultSessionTimeout
	patience        = 2 * time.Minute
)

// cast is three candidates on a real ensemble.
type cast struct {
	t       *testing.T
	zk      *zktest.Ensemble
	backend coord.Backend
	path    string
	ledger  *ledger

	mu     sync.Mutex
	events map[string][]ha.Event
}

// onStage runs f with a master and two standbys, and holds the record against S1 and S2.
func onStage(t *testing.T, zk *zktest.Ensemble, path string, f func(ctx context.Context, c *cast, master *span)) {
	backend, err := zkbackend.New(zkbackend.Config{Servers: zk.Addrs(), SessionTimeout: ensembleTimeout, Tick: ensembleTick})
	if err != nil {
		t.Fatal(err)
	}
	c := &cast{t: t, zk: zk, backend: backend, path: path, ledger: newLedger(), events: map[string][]ha.Event{}}
	var all sync.WaitGroup
	ctx, leave := context.WithCancel(context.Background())
	defer all.Wait()
	defer leave()
	for _, id := range []string{"a", "b", "c"} {
		cfg := ha.Config{Path: path, ID: id, Observer: c.observer(id), OpenWithin: patience}
		all.Go(func() {
			if err := ha.Run(ctx, backend, cfg, c.ledger.role(id, idle, func() {})); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	master := c.master(waiting)
	f(waiting, c, master)
	c.master(waiting)
	for _, v := range c.ledger.violations() {
		t.Error(v)
	}
	if t.Failed() {
		t.Logf("roles:\n%vevents:\n%v", c.ledger, c)
	}
}

func (c *cast) observer(id string) ha.Observer {
	return ha.ObserverFunc(func(e ha.Event) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events[id] = append(c.events[id], e)
	})
}

func (c *cast) saw(id string, kind ha.EventKind) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events[id] {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

func (c *cast) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var text strings.Builder
	for id, events := range c.events {
		for _, e := range events {
			fmt.Fprintf(&text, "  %s %s %s token %v %v %v\n", e.Time.Format(clockLayout), id, e.Kind, e.Token, e.Reason, e.Err)
		}
	}
	return text.String()
}

// master waits until there is a master whose term stands at the service.
func (c *cast) master(ctx context.Context) *span {
	c.t.Helper()
	for {
		now, changed := c.ledger.present()
		for _, s := range now {
			if s.proven(ctx) {
				return s
			}
		}
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond): // a transaction that failed is tried again
		case <-ctx.Done():
			c.t.Fatalf("no master within %v; roles:\n%vevents:\n%v", patience, c.ledger, c)
		}
	}
}

// mustLast checks that the term still stands and that its role was never stopped.
func (c *cast) mustLast(ctx context.Context, term *span) {
	c.t.Helper()
	if now := c.master(ctx); now != term {
		c.t.Errorf("master is %v, want the term of before to have lasted: %v", now, term)
	}
}

// serverOf is the server that a candidate is connected to.
func (c *cast) serverOf(ctx context.Context, id string) *zktest.Server {
	c.t.Helper()
	session, err := c.backend.Open(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	defer session.Close(ctx)
	view, err := ha.Look(ctx, session, c.path)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range view.Members {
		for _, server := range c.zk.Servers {
			answer, err := server.Ask(ctx, "cons")
			if err == nil && m.ID == id && strings.Contains(answer, fmt.Sprintf("sid=%v,", m.Session)) {
				return server
			}
		}
	}
	c.t.Fatalf("no server is known to serve %s: %+v", id, view)
	return nil
}

func (c *cast) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestAnEnsembleInTroubleKeepsItsMaster(t *testing.T) {
	zk := zktest.Start(t, zktest.Config{Servers: 3, Tick: ensembleTick, Extra: map[string]string{
		"maxSessionTimeout": fmt.Sprint(ensembleTimeout.Milliseconds()),
	}})
	t.Run("rolling restart", func(t *testing.T) {
		onStage(t, zk, "/rolling", func(ctx context.Context, c *cast, master *span) {
			for _, server := range zk.Servers {
				c.must(server.Restart(ctx))
				c.mustLast(ctx, master)
			}
			if !c.saw(master.id, ha.Suspended) {
				t.Error("the master's own server was restarted, but it noticed nothing")
			}
		})
	})
	t.Run("its leader killed", func(t *testing.T) {
		onStage(t, zk, "/killed", func(ctx context.Context, c *cast, master *span) {
			leader, err := zk.Leader(ctx)
			c.must(err)
			c.must(leader.Kill())
			c.mustLast(ctx, master)
			c.must(leader.Restart(ctx))
			c.mustLast(ctx, master)
		})
	})
	t.Run("the master's server frozen", func(t *testing.T) {
		onStage(t, zk, "/frozen", func(ctx context.Context, c *cast, master *span) {
			server := c.serverOf(ctx, master.id)
			c.must(server.Pause())
			c.mustLast(ctx, master)
			c.must(server.Resume())
			c.must(zk.WaitServing(ctx))
			c.mustLast(ctx, master)
			if !c.saw(master.id, ha.Resumed) {
				t.Error("its client did not move to another server")
			}
		})
	})
}

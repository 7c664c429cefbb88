package ha

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// counted is a backend that counts the calls of its sessions.
type counted struct {
	coord.Backend
	reads, transactions, others atomic.Int64
}

type countedSession struct {
	coord.Session
	count *counted
}

func (c *counted) Open(ctx context.Context) (coord.Session, error) {
	s, err := c.Backend.Open(ctx)
	if err != nil {
		return nil, err
	}
	return countedSession{s, c}, nil
}

func (s countedSession) Get(ctx context.Context, path string, watch bool) ([]byte, coord.Stat, *coord.Watch, error) {
	s.count.reads.Add(1)
	return s.Session.Get(ctx, path, watch)
}

func (s countedSession) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	s.count.reads.Add(1)
	return s.Session.Children(ctx, path, watch)
}

func (s countedSession) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	s.count.transactions.Add(1)
	return s.Session.Multi(ctx, ops...)
}

func (s countedSession) Create(ctx context.Context, path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) (string, error) {
	s.count.others.Add(1)
	return s.Session.Create(ctx, path, data, mode, acl...)
}

func (s countedSession) Set(ctx context.Context, path string, data []byte, version int32) (coord.Stat, error) {
	s.count.others.Add(1)
	return s.Session.Set(ctx, path, data, version)
}

func (s countedSession) Delete(ctx context.Context, path string, version int32) error {
	s.count.others.Add(1)
	return s.Session.Delete(ctx, path, version)
}

func (c *counted) all() int64 { return c.reads.Load() + c.transactions.Load() + c.others.Load() }

// joinCounted starts a candidate whose calls are counted.
func (a *arena) joinCounted(id string) (*counted, context.CancelFunc) {
	a.t.Helper()
	c := &counted{Backend: a.service.Client(id)}
	p := &player{arena: a, id: id, done: make(chan struct{})}
	candidate, err := New(c, Config{Path: path, ID: id}, a.diligent(id))
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.candidate, p.leave = candidate, cancel
	a.players[id] = p
	go func() {
		defer close(p.done)
		p.err = candidate.Run(ctx)
	}()
	a.settle()
	return c, cancel
}

func TestAFailoverWakesOneStandby(t *testing.T) {
	inArena(t, func(a *arena) {
		_, leave := a.joinCounted("c00")
		var standbys []*counted
		for i := range 20 {
			c, _ := a.joinCounted(fmt.Sprintf("c%02d", i+1))
			standbys = append(standbys, c)
		}
		var before []int64
		for _, c := range standbys {
			before = append(before, c.all())
		}
		leave()
		a.settle()
		a.wantMaster("c01")
		for i, c := range standbys {
			woken := c.all() > before[i]
			if woken != (i == 0) {
				t.Errorf("standby %d made %d calls", i+1, c.all()-before[i])
			}
		}
	})
}

func TestIdleCandidatesSendRenewalsAlone(t *testing.T) {
	inArena(t, func(a *arena) {
		master, _ := a.joinCounted("a")
		standby, _ := a.joinCounted("b")
		a.settle()
		reads, transactions, others, idle := master.reads.Load(), master.transactions.Load(), master.others.Load(), standby.all()
		time.Sleep(10 * timeout)
		if standby.all() != idle {
			t.Errorf("the idle standby made %d calls", standby.all()-idle)
		}
		if master.reads.Load() != reads || master.others.Load() != others {
			t.Errorf("the idle master made %d reads and %d other calls", master.reads.Load()-reads, master.others.Load()-others)
		}
		// The fake asks for one every sixth of the timeout, after the answer to the last.
		if n := master.transactions.Load() - transactions; n < 55 || n > 60 {
			t.Errorf("the idle master made %d renewals in ten timeouts, want one every sixth of one", n)
		}
	})
}

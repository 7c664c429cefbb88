package ha

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	path    = "/e"
	timeout = 10 * time.Second
)

// arena is a service and its candidates, in a bubble of virtual time, with a record of who was master when.
type arena struct {
	t       *testing.T
	service *membackend.Service
	players map[string]*player

	mu    sync.Mutex
	roles []*span
}

// span is one run of a role.
type span struct {
	id         string
	token      coord.Zxid
	start, end time.Time // end is zero while it runs
	cause      error
}

// player is one candidate.
type player struct {
	arena     *arena
	id        string
	link      *membackend.Client
	candidate *Candidate
	leave     context.CancelFunc
	done      chan struct{}
	err       error // once done

	mu     sync.Mutex
	events []Event
}

// inArena runs f in a bubble with a fresh service.
func inArena(t *testing.T, f func(a *arena)) {
	synctest.Test(t, func(t *testing.T) {
		service, err := membackend.New(membackend.Config{SessionTimeout: timeout, Latency: 2 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer service.Close()
		a := &arena{t: t, service: service, players: map[string]*player{}}
		defer a.end()
		f(a)
	})
}

// end has everybody leave, also behind a test that was given up.
func (a *arena) end() {
	for _, p := range a.players {
		p.leave()
		<-p.done
	}
	a.verify()
}

// verify holds the record against S1 and S2.
func (a *arena) verify() {
	a.t.Helper()
	for i, s := range a.roles[:max(len(a.roles)-1, 0)] {
		next := a.roles[i+1]
		if s.end.IsZero() || next.start.Before(s.end) {
			a.t.Errorf("two masters: %s until %v, %s from %v", s.id, s.end, next.id, next.start)
		}
		if next.token <= s.token {
			a.t.Errorf("the token of %s, %v, is not greater than that of %s before, %v", next.id, next.token, s.id, s.token)
		}
	}
}

// diligent is a role that works until it is told to stop, and notes when.
func (a *arena) diligent(id string) Role {
	return func(ctx context.Context, term *Term) error {
		s := a.begin(id, term)
		<-ctx.Done()
		a.finish(s, context.Cause(ctx))
		return nil
	}
}

func (a *arena) begin(id string, term *Term) *span {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &span{id: id, token: term.Token(), start: time.Now()}
	a.roles = append(a.roles, s)
	return s
}

func (a *arena) finish(s *span, cause error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.end, s.cause = time.Now(), cause
}

func (a *arena) join(id string, change ...func(*Config, *Role)) *player {
	a.t.Helper()
	return a.joinOver(id, func(s coord.Session) coord.Session { return s }, change...)
}

// joinOver is join with something between the candidate and each of its sessions.
func (a *arena) joinOver(id string, over func(coord.Session) coord.Session, change ...func(*Config, *Role)) *player {
	a.t.Helper()
	p := &player{arena: a, id: id, link: a.service.Client(id), done: make(chan struct{})}
	cfg := Config{Path: path, ID: id, Data: []byte("of " + id), Observer: p, Logger: hclog.NewNullLogger()}
	role := a.diligent(id)
	for _, c := range change {
		c(&cfg, &role)
	}
	var err error
	if p.candidate, err = New(between{p.link, over}, cfg, role); err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.leave = cancel
	a.players[id+fmt.Sprint(len(a.players))] = p
	go func() {
		defer close(p.done)
		p.err = p.candidate.Run(ctx)
	}()
	a.settle()
	return p
}

// between is a backend whose sessions are put into something.
type between struct {
	coord.Backend
	over func(coord.Session) coord.Session
}

func (b between) Open(ctx context.Context) (coord.Session, error) {
	s, err := b.Backend.Open(ctx)
	if err != nil {
		return nil, err
	}
	return b.over(s), nil
}

// settle lets a moment pass in which all that needs only round trips happens.
func (a *arena) settle() {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
}

func (p *player) Observe(e Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
}

func (p *player) kinds() []EventKind {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kinds []EventKind
	for _, e := range p.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (p *player) saw(kind EventKind) bool { return slices.Contains(p.kinds(), kind) }

// quit leaves and waits for it.
func (p *player) quit() error {
	p.leave()
	<-p.done
	return p.err
}

// present is whose role runs now; empty if nobody's does.
func (a *arena) present() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.roles {
		if s.end.IsZero() {
			return s.id
		}
	}
	return ""
}

func (a *arena) wantMaster(id string) {
	a.t.Helper()
	if got := a.present(); got != id {
		a.t.Errorf("master is %q, want %q", got, id)
	}
}

func (a *arena) last() span { return a.span(a.terms() - 1) }

func (a *arena) terms() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.roles)
}

func (a *arena) span(i int) span {
	a.mu.Lock()
	defer a.mu.Unlock()
	return *a.roles[i]
}

func withPolicy(p Policy) func(*Config, *Role) {
	return func(c *Config, _ *Role) { c.Policy = p }
}

func withRole(r Role) func(*Config, *Role) {
	return func(_ *Config, role *Role) { *role = r }
}

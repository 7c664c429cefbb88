package ha

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// This file is about roles, callbacks and backends that do what they should not.

func TestARoleThatEndsItsGoroutineHasReturned(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a", func(_ *Config, r *Role) {
			*r = func(_ context.Context, term *Term) error {
				a.finish(a.begin("a", term), nil)
				runtime.Goexit() // as testing.T.FailNow does
				return nil
			}
		})
		a.join("b")
		a.wantMaster("b")
		if e := p.find(RoleStopped); e.Reason != election.RoleFailed || !errors.Is(e.Err, errGoexit) {
			t.Errorf("a's role stopped for %v, %v: want it to have failed with %v", e.Reason, e.Err, errGoexit)
		}
	})
}

func TestCallbacksMayCallBack(t *testing.T) {
	inArena(t, func(a *arena) {
		var p *player
		back := func() {
			if p != nil {
				p.candidate.Status()
				p.candidate.Resign()
				p.candidate.Resign()
			}
		}
		overran := make(chan struct{})
		p = a.join("a", func(c *Config, r *Role) {
			c.Observer = ObserverFunc(func(Event) { back() })
			c.OnOverrun = func(Event) { back(); p.leave(); close(overran) }
			*r = func(ctx context.Context, term *Term) error {
				s := a.begin("a", term)
				<-ctx.Done()
				a.finish(s, context.Cause(ctx))
				<-overran
				back()
				return nil
			}
		})
		p.link.Cut(bothWays)
		<-p.done
	})
}

func TestTheLogDoesNotWaitForABlockedObserver(t *testing.T) {
	inArena(t, func(a *arena) {
		var log lockedBuffer
		release := make(chan struct{})
		p := a.join("a", func(c *Config, _ *Role) {
			c.Logger = hclog.New(&hclog.LoggerOptions{Output: &log})
			c.Observer = ObserverFunc(func(Event) { <-release })
		})
		p.leave()
		a.settle()
		if !strings.Contains(log.String(), string(Left)) {
			t.Errorf("the log is %q, want it to go on to the last event", log.String())
		}
		select {
		case <-p.done:
			t.Error("Run returned while an observer was being called")
		default:
		}
		close(release)
	})
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// stuck is a session whose Reconnect takes for ever, as closing a dead connection with TLS may.
type stuck struct {
	coord.Session
	release <-chan struct{}
}

func (s stuck) Reconnect() { <-s.release }

type stuckBackend struct {
	coord.Backend
	release <-chan struct{}
}

func (b stuckBackend) Open(ctx context.Context) (coord.Session, error) {
	s, err := b.Backend.Open(ctx)
	return stuck{s, b.release}, err
}

func TestAReconnectThatBlocksDoesNotKeepTheRoleRunning(t *testing.T) {
	inArena(t, func(a *arena) {
		release := make(chan struct{})
		link := a.service.Client("a")
		ctx, cancel := context.WithCancel(context.Background())
		var all sync.WaitGroup
		all.Go(func() {
			_ = Run(ctx, stuckBackend{link, release}, Config{Path: path, ID: "a"}, a.diligent("a"))
		})
		a.settle()
		cut := time.Now()
		link.Cut(bothWays)
		time.Sleep(2 * timeout)
		if s := a.last(); s.end.IsZero() || s.end.Sub(cut) > timeout {
			t.Errorf("cut off at %v the role stopped at %v, want it within %v", cut, s.end, timeout)
		}
		close(release)
		cancel()
		all.Wait()
	})
}

func TestStatusIsGoneWheneverRunHasReturned(t *testing.T) {
	inArena(t, func(a *arena) {
		a.service.Down()
		c, err := New(a.service.Client("a"), Config{Path: path, ID: "a", OpenWithin: time.Second}, a.diligent("a"))
		if err != nil {
			t.Fatal(err)
		}
		_, changed := c.Status()
		if err := c.Run(context.Background()); err == nil {
			t.Error("it ran without a service")
		}
		select {
		case <-changed:
		default:
			t.Error("nobody is told of the end")
		}
		if s, _ := c.Status(); s.State != election.Gone {
			t.Errorf("state %v after the end", s.State)
		}
	})
}

func TestStatusIsGoneOnlyWhenTheNodeIs(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a")
		p.leave()
		for {
			s, changed := p.candidate.Status()
			if s.State == election.Gone {
				break
			}
			<-changed
		}
		if names, _, err := a.service.Tree().Children(nil, path, nil); err != nil || len(names) > 0 {
			t.Errorf("gone, but %v stand, %v", names, err)
		}
	})
}

func TestARoleHasTheValuesOfItsCallersContext(t *testing.T) {
	inArena(t, func(a *arena) {
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
		err := Run(ctx, a.service.Client("a"), Config{Path: path, ID: "a"}, func(ctx context.Context, _ *Term) error {
			if ctx.Value(key{}) != "value" {
				t.Error("the value is lost")
			}
			cancel()
			<-ctx.Done()
			var ended *EndedError
			if !errors.As(context.Cause(ctx), &ended) {
				t.Errorf("cause %v, want the end of the term", context.Cause(ctx))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestACandidateNeedsABackendAndARole(t *testing.T) {
	role := func(context.Context, *Term) error { return nil }
	cfg := Config{Path: path, ID: "a"}
	if _, err := New(nil, cfg, role); !errors.Is(err, coord.ErrInvalid) || !strings.Contains(err.Error(), "backend") {
		t.Errorf("without a backend: %v", err)
	}
	if _, err := NewOn(nil, cfg, nil); !errors.Is(err, coord.ErrInvalid) || !strings.Contains(err.Error(), "sessions") || !strings.Contains(err.Error(), "role") {
		t.Errorf("without sessions and role: %v", err)
	}
}

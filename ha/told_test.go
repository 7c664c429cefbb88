package ha

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// This file is about what roles and machines must be told.

// ends is what may end the term of a, a candidate under ByName, by the reason that its role is to be told.
var ends = map[Reason]func(a *arena, p *player){
	election.LeaseEnded:     func(_ *arena, p *player) { p.link.Cut(bothWays) },
	election.ConnectionLost: func(_ *arena, p *player) { p.link.Reset() },
	election.SessionExpired: func(a *arena, p *player) { a.service.Expire(p.session(a)) },
	election.NodeLost:       func(a *arena, p *player) { a.asAdmin(coord.DeleteOp(p.node(), coord.AnyVersion)) },
	election.Deposed:        func(a *arena, _ *player) { a.asAdmin(coord.SetOp(path, nil, coord.AnyVersion)) },
	election.Preempted:      func(a *arena, _ *player) { a.join("b", withPolicy(ByName)) },
	election.Resigned:       func(_ *arena, p *player) { p.candidate.Resign() },
	election.Leaving:        func(_ *arena, p *player) { p.leave() },
}

func (p *player) node() string {
	s, _ := p.candidate.Status()
	return path + "/" + s.Node
}

func TestARoleIsToldWhateverEndsItsTermAndTheGateIsClosed(t *testing.T) {
	for reason, end := range ends {
		t.Run(reason.String(), func(t *testing.T) {
			inArena(t, func(a *arena) {
				p := a.join("a", withPolicy(ByName), withRole(a.watchful), func(c *Config, _ *Role) {
					if reason == election.ConnectionLost {
						c.OnSuspend = StopAtOnce
					}
				})
				end(a, p)
				time.Sleep(timeout)
				synctest.Wait()
				var ended *EndedError
				if s := a.span(0); !errors.As(s.cause, &ended) || ended.Reason != reason {
					t.Errorf("the role was told to stop for %v, want %v", s.cause, reason)
				}
			})
		})
	}
}

// watchful is a role that expects to be told of the end of its term, and that nothing can be done in it any more then.
func (a *arena) watchful(ctx context.Context, term *Term) error {
	s := a.begin("a", term)
	select {
	case <-ctx.Done():
		if _, err := term.Multi(context.Background()); term.Valid() || !errors.Is(err, ErrNotMaster) {
			a.t.Errorf("the term is over, and valid: %v; a transaction of it ends with %v", term.Valid(), err)
		}
	case <-time.After(10 * timeout):
		a.t.Error("the role was not told that its term is over")
	}
	a.finish(s, context.Cause(ctx))
	return nil
}

// Over a link without any latency a connection that breaks is back at once: nobody who looks at the session then sees it suspended.
func TestALossThatIsOverWhenItIsSeenIsALoss(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a", func(c *Config, _ *Role) { c.OnSuspend = StopAtOnce })
		p.link.Delay(bothWays, 0)
		synctest.Wait()
		p.link.Reset()
		a.settle()
		var ended *EndedError
		if cause := a.span(0).cause; !errors.As(cause, &ended) || ended.Reason != election.ConnectionLost {
			t.Errorf("the role was told to stop for %v, want the lost connection", cause)
		}
		if !p.saw(Suspended) || !p.saw(Resumed) {
			t.Errorf("a saw %v, want it to have been suspended and resumed", p.kinds())
		}
	})
}

// tracing calls back into the candidate from the goroutine that owns its machine.
type tracing struct {
	hclog.Logger
	step func()
}

func (l tracing) IsTrace() bool        { return true }
func (l tracing) Trace(string, ...any) { l.step() }

func TestAResignationIsNotLostWhileTheCandidateIsBusy(t *testing.T) {
	inArena(t, func(a *arena) {
		var p *player
		var once sync.Once
		elected := make(chan struct{})
		busy := func() {
			select {
			case <-elected:
				once.Do(p.candidate.Resign)
			default:
			}
		}
		p = a.join("a", func(c *Config, _ *Role) { c.Logger = tracing{hclog.NewNullLogger(), busy} })
		close(elected)
		a.join("b")
		time.Sleep(timeout / 3) // a renewal at least
		a.wantMaster("b")
	})
}

// batching is a session whose answers come together, on the beat, and that is renewed as often.
type batching struct{ coord.Session }

const beat = 50 * time.Millisecond

func toTheBeat() { time.Sleep(beat - time.Duration(time.Now().UnixNano())%beat) }

func (batching) RenewEvery() time.Duration { return beat }

func (s batching) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	defer toTheBeat()
	return s.Session.Children(ctx, path, watch)
}

func (s batching) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	defer toTheBeat()
	return s.Session.Multi(ctx, ops...)
}

// The master reads the list of candidates over and over, for some come and go, and renews its lease beside that. What is done to its own node
// keeps it busy when the answers come.
func TestMessagesThatWaitTogetherAreAllTakenIn(t *testing.T) {
	inArena(t, func(a *arena) {
		busy := func() {
			toTheBeat()
			time.Sleep(time.Millisecond)
		}
		b := a.joinOver("b", func(s coord.Session) coord.Session { return batching{s} }, withPolicy(ByName), func(c *Config, _ *Role) {
			c.Logger = tracing{hclog.NewNullLogger(), busy}
		})
		time.Sleep(timeout)
		for range 1000 { // each has a chance of a few in a hundred that a reply comes while another message waits
			a.asAdmin(coord.CreateOp(path+"/a-0000000000", nil, coord.Persistent), coord.SetOp(b.node(), nil, coord.AnyVersion))
			a.asAdmin(coord.DeleteOp(path+"/a-0000000000", coord.AnyVersion), coord.SetOp(b.node(), nil, coord.AnyVersion))
		}
		a.wantMaster("b")
		a.join("c", withPolicy(ByName))
		time.Sleep(timeout)
		a.wantMaster("c")
	})
}

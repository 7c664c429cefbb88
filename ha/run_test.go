package ha

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

func TestTheOldestIsMasterAndHandsOverWithinRoundTrips(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a")
		a.join("b")
		a.join("c")
		a.wantMaster("a")
		began := time.Now()
		if err := first.quit(); err != nil {
			t.Errorf("leaving: %v", err)
		}
		a.settle()
		a.wantMaster("b")
		// Delete, its event, the claim: each one way or both at 2 ms.
		if took := a.last().start.Sub(began); took > 20*time.Millisecond {
			t.Errorf("hand-over took %v, want a few round trips of 4 ms", took)
		}
	})
}

func TestAMasterThatIsCutOffStopsBeforeAnotherStarts(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a")
		a.join("b")
		began := time.Now()
		first.link.Cut(bothWays)
		time.Sleep(3 * timeout)
		a.wantMaster("b")
		if took := a.last().start.Sub(began); took > timeout+3*time.Second {
			t.Errorf("take-over took %v, want the timeout %v and a little", took, timeout)
		}
		var ended *EndedError
		if cause := a.span(0).cause; !errors.As(cause, &ended) || ended.Reason != election.LeaseEnded {
			t.Errorf("the role was stopped for %v, want the end of its lease", cause)
		}
		first.link.Heal()
		time.Sleep(timeout)
		a.wantMaster("b")
		if !first.saw(Expired) || first.candidateState() != election.Standby {
			t.Errorf("after healing a is %v, having seen %v: want it expired, and a standby again", first.candidateState(), first.kinds())
		}
	})
}

func (p *player) candidateState() election.State {
	s, _ := p.candidate.Status()
	return s.State
}

func TestADisconnectShorterThanTheLeaseChangesNothing(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a")
		a.join("b")
		time.Sleep(timeout)
		for range 5 {
			first.link.Cut(bothWays)
			time.Sleep(timeout * 6 / 10)
			first.link.Heal()
			time.Sleep(timeout)
		}
		a.service.Down()
		time.Sleep(timeout / 2)
		a.service.Up()
		time.Sleep(timeout)
		a.wantMaster("a")
		if a.terms() != 1 {
			t.Errorf("%d terms, want the first to have lasted", a.terms())
		}
		if !first.saw(Suspended) || !first.saw(Resumed) {
			t.Errorf("a saw %v, want it to have been suspended and resumed", first.kinds())
		}
	})
}

func TestStopAtOnceStopsWhenTheConnectionIsLost(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a", func(c *Config, _ *Role) { c.OnSuspend = StopAtOnce })
		first.link.Reset()
		a.settle()
		a.wantMaster("a")
		if a.terms() != 2 {
			t.Fatalf("%d terms, want a second after the reset", a.terms())
		}
		var ended *EndedError
		if cause := a.span(0).cause; !errors.As(cause, &ended) || ended.Reason != election.ConnectionLost {
			t.Errorf("the role was stopped for %v, want the lost connection", cause)
		}
	})
}

func TestTheWalkThrough(t *testing.T) {
	inArena(t, func(a *arena) {
		byName := withPolicy(ByName)
		high := a.join("192.168.145.131", byName)
		a.wantMaster("192.168.145.131")
		a.join("192.168.145.130", byName)
		a.wantMaster("192.168.145.131")
		high.link.Cut(bothWays)
		time.Sleep(2 * timeout)
		a.wantMaster("192.168.145.130")
		_ = high.quit()
		a.join("192.168.145.131", byName)
		a.settle()
		a.wantMaster("192.168.145.131")
	})
}

func TestPriorityAndNewestDisplace(t *testing.T) {
	inArena(t, func(a *arena) {
		weigh := func(n int32) func(*Config, *Role) {
			return func(c *Config, _ *Role) { c.Policy, c.Priority = ByPriority, n }
		}
		a.join("low", weigh(-1))
		a.join("high", weigh(7))
		a.wantMaster("high")
		a.join("middle", weigh(3))
		a.wantMaster("high")
	})
	inArena(t, func(a *arena) {
		for _, id := range []string{"a", "b", "c"} {
			a.join(id, withPolicy(NewestFirst))
			a.wantMaster(id)
		}
	})
}

func TestARoleThatReturnsLetsAnotherHaveItsTurn(t *testing.T) {
	for _, policy := range election.Policies() {
		t.Run(policy.Name, func(t *testing.T) {
			inArena(t, func(a *arena) {
				a.join("b", withPolicy(policy))
				boom := errors.New("boom")
				failing := a.join("z", withPolicy(policy), func(_ *Config, r *Role) {
					*r = func(_ context.Context, term *Term) error {
						s := a.begin("z", term)
						time.Sleep(time.Second)
						a.finish(s, boom)
						return boom
					}
				})
				_ = a.players["b0"].quit() // under every policy z is master next
				time.Sleep(1100 * time.Millisecond)
				a.join("b", withPolicy(policy))
				a.settle()
				a.wantMaster("b")
				if e := failing.find(RoleStopped); e.Reason != election.RoleFailed || !errors.Is(e.Err, boom) {
					t.Errorf("z's role stopped for %v, %v, want it to have failed with %v", e.Reason, e.Err, boom)
				}
				time.Sleep(timeout)
				if !failing.saw(BecameStandby) && policy.Displaces == false {
					t.Errorf("z did not come back: %v", failing.kinds())
				}
			})
		})
	}
}

func (p *player) find(kind EventKind) Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.Kind == kind {
			return e
		}
	}
	return Event{}
}

func TestResigningHandsOverAndComesBack(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a")
		a.join("b")
		first.candidate.Resign()
		first.candidate.Resign()
		a.settle()
		a.wantMaster("b")
		time.Sleep(5 * time.Second)
		if first.candidateState() != election.Standby {
			t.Errorf("a is %v, want it to stand by again", first.candidateState())
		}
		first.candidate.Resign() // a standby has nothing to resign from
		a.settle()
		a.wantMaster("b")
	})
}

func TestAnExpiredSessionIsFollowedByAnother(t *testing.T) {
	inArena(t, func(a *arena) {
		first := a.join("a")
		for range 3 {
			old := first.session(a)
			a.service.Expire(old)
			a.settle()
			a.wantMaster("a")
			if now := first.session(a); now == old {
				t.Errorf("still on the expired session %v", old)
			}
		}
		if a.terms() != 4 {
			t.Errorf("%d terms, want 4", a.terms())
		}
	})
}

// session is the owner of the player's node.
func (p *player) session(a *arena) coord.SessionID {
	s, _ := p.candidate.Status()
	_, stat, err := a.service.Tree().Get(path+"/"+s.Node, nil)
	if err != nil {
		a.t.Fatalf("node %q of %s: %v", s.Node, p.id, err)
	}
	return stat.EphemeralOwner
}

func TestARoleThatOverrunsIsReportedWhenAnotherMayBeMaster(t *testing.T) {
	inArena(t, func(a *arena) {
		var overran []Event
		stubborn := a.join("a", func(c *Config, r *Role) {
			c.OnOverrun = func(e Event) { overran = append(overran, e) }
			*r = func(ctx context.Context, term *Term) error {
				s := a.begin("a", term)
				<-ctx.Done()
				a.finish(s, context.Cause(ctx)) // it has stopped acting, but does not come back
				time.Sleep(2 * timeout)
				return nil
			}
		})
		token := a.last().token
		stubborn.link.Cut(bothWays)
		time.Sleep(timeout * 3 / 2)
		a.settle()
		if len(overran) != 1 || overran[0].Token != token || !stubborn.saw(RoleOverran) {
			t.Errorf("reported %v, want it once, for token %v", overran, token)
		}
		if stubborn.saw(RoleStopped) {
			t.Error("the role is said to have stopped before it returned")
		}
		stubborn.link.Heal()
		time.Sleep(timeout)
		if got := stubborn.candidateState(); got == election.Standby {
			t.Errorf("registered again (%v) before the old role had returned", got)
		}
		time.Sleep(2 * timeout)
		a.wantMaster("a")
	})
}

package ha

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// This file is about what comes late, and about what is not waited for any more.

// late is a role that stops acting when it is told to, but in its first term returns only some time later.
func (a *arena) late(id string, by time.Duration) Role {
	return func(ctx context.Context, term *Term) error {
		first := a.terms() == 0
		s := a.begin(id, term)
		<-ctx.Done()
		a.finish(s, context.Cause(ctx))
		if first {
			time.Sleep(by)
		}
		return nil
	}
}

// Whether others may be master meanwhile is what the arena asks of itself at the end.
func TestARoleMayTakeItsGraceToStop(t *testing.T) {
	const grace = timeout / 4
	for name, end := range map[string]func(*player){
		"its process leaves":     func(p *player) { p.leave() },
		"its process is cut off": func(p *player) { p.link.Cut(bothWays) },
		"it has to resign":       func(p *player) { p.candidate.Resign() },
	} {
		t.Run(name, func(t *testing.T) {
			inArena(t, func(a *arena) {
				p := a.join("a", func(c *Config, r *Role) {
					c.StopGrace = grace
					*r = func(ctx context.Context, term *Term) error {
						s := a.begin("a", term)
						<-ctx.Done()
						time.Sleep(grace - time.Millisecond)
						a.finish(s, context.Cause(ctx))
						return nil
					}
				})
				a.join("b")
				end(p)
				time.Sleep(2 * timeout)
				a.wantMaster("b")
				if p.saw(RoleOverran) {
					t.Error("overran, though it stopped within the grace")
				}
			})
		})
	}
}

func TestAnOverrunHookThatBlocksStallsNothing(t *testing.T) {
	inArena(t, func(a *arena) {
		release := make(chan struct{})
		p := a.join("a", withRole(a.late("a", 2*timeout)), func(c *Config, _ *Role) {
			c.OnOverrun = func(Event) { <-release }
		})
		p.link.Cut(bothWays)
		time.Sleep(2 * timeout)
		if !p.saw(RoleOverran) {
			t.Errorf("a saw %v, want its role overrun", p.kinds())
		}
		p.link.Heal()
		time.Sleep(2 * timeout)
		if a.wantMaster("a"); a.terms() != 2 {
			t.Errorf("%d terms while the hook is being called, want a second", a.terms())
		}
		close(release)
	})
}

// The first in rank waits for a master that takes its time to stop, and looks again whenever somebody comes or goes. Each look arms
// watches in place of those before it.
func TestAWatchThatIsGivenUpIsLetGo(t *testing.T) {
	inArena(t, func(a *arena) {
		a.join("b", withPolicy(ByName), withRole(a.late("b", 100*timeout)))
		a.join("c", withPolicy(ByName))
		before := runtime.NumGoroutine()
		const looks = 50
		for range looks {
			a.asAdmin(coord.CreateOp(path+"/a-0000000000", nil, coord.Persistent))
			a.settle()
			a.asAdmin(coord.DeleteOp(path+"/a-0000000000", coord.AnyVersion))
			a.settle()
		}
		if after := runtime.NumGoroutine(); after > before+looks/5 {
			t.Errorf("%d goroutines after %d looks, and %d before: watches that were given up are still awaited", after, looks, before)
		}
	})
}

func TestALeaseIsRenewedForAsLongAsTheTermStands(t *testing.T) {
	inArena(t, func(a *arena) {
		terms := make(chan *Term, 4)
		a.join("a", withRole(a.handing("a", terms)))
		term := <-terms
		for range 10 {
			time.Sleep(timeout)
			if left := term.Remaining(); left < timeout/2 {
				t.Fatalf("%v are left of an undisturbed term's lease, want it renewed", left)
			}
		}
	})
}

func TestASessionThatWasLostMayTakeLongToFollow(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a", func(c *Config, _ *Role) { c.OpenWithin = timeout })
		a.service.Expire(p.session(a))
		for !p.saw(Expired) {
			time.Sleep(time.Millisecond) // a session takes longer to open
		}
		p.link.Cut(bothWays)
		time.Sleep(time.Hour)
		p.link.Heal()
		time.Sleep(timeout)
		if a.wantMaster("a"); a.terms() != 2 {
			t.Errorf("%d terms, having seen %v: want a second when the service can be reached again", a.terms(), p.kinds())
		}
	})
}

// tardy is a source whose session comes when it likes, whether or not it is still waited for.
type tardy struct {
	backend  coord.Backend
	asked    chan struct{}
	goOn     chan struct{}
	returned int
}

func (s *tardy) Session(context.Context) (coord.Session, error) {
	close(s.asked)
	<-s.goOn
	return s.backend.Open(context.Background())
}

func (s *tardy) Release(ctx context.Context, session coord.Session) error {
	s.returned++
	return session.Close(ctx)
}

func TestASessionThatComesTooLateIsGivenBack(t *testing.T) {
	for range 20 { // by chance it comes to one who still listens, or to nobody
		inArena(t, func(a *arena) {
			s := &tardy{backend: a.service.Client("a"), asked: make(chan struct{}), goOn: make(chan struct{})}
			c, err := NewOn(s, Config{Path: path, ID: "a"}, a.diligent("a"))
			if err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(context.Background())
			var run sync.WaitGroup
			run.Go(func() { err = c.Run(ctx) })
			<-s.asked
			leave()
			synctest.Wait()
			close(s.goOn)
			run.Wait()
			if err != nil || s.returned != 1 {
				t.Errorf("it left with %v, and gave its session back %d times, want once", err, s.returned)
			}
		})
	}
}

// A node that a late call makes in the next session would stand in front of that session's own, and nobody would know of it.
func TestACallOfASessionThatHasEndedIsNotMadeInTheNext(t *testing.T) {
	inArena(t, func(a *arena) {
		a.asAdmin(coord.CreateOp(path, nil, coord.Persistent))
		sessions := 0
		p := a.joinOver("a", func(s coord.Session) coord.Session {
			if sessions++; sessions == 1 {
				a.service.Expire(s.ID()) // what the loop asks of it at once is answered too late
			}
			return s
		})
		time.Sleep(timeout)
		names, _, err := a.service.Tree().Children(nil, path, nil)
		if err != nil || len(names) != 1 || !p.saw(Expired) {
			t.Errorf("S6: %v stand in session %d, %v, want one node; the candidate saw %v", names, sessions, err, p.kinds())
		}
		a.wantMaster("a")
	})
}

func TestStatusIsGoneOnlyWhenTheSessionIs(t *testing.T) {
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
		for id := range a.service.Tree().Sessions {
			t.Errorf("gone, but its session %v stands", id)
		}
	})
}

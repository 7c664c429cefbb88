package ha

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hamaster/hamaster/ha/election"
)

func TestLeavingIsPossibleAtAnyTime(t *testing.T) {
	for after := range 40 {
		t.Run(fmt.Sprintf("after %d ms", after), func(t *testing.T) {
			inArena(t, func(a *arena) {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(after)*time.Millisecond)
				defer cancel()
				if err := Run(ctx, a.service.Client("a"), Config{Path: path, ID: "a"}, a.diligent("a")); err != nil {
					t.Errorf("leaving: %v", err)
				}
				if names, _, err := a.service.Tree().Children(nil, path, nil); err == nil && len(names) > 0 {
					t.Errorf("left %v behind", names)
				}
			})
		})
	}
}

func TestLeavingWhileCutOffSaysThatItWasNotClean(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a")
		p.link.Cut(bothWays)
		if err := p.quit(); !errors.Is(err, ErrNotClean) {
			t.Errorf("leaving: %v, want an error that matches ErrNotClean", err)
		}
	})
}

func TestStatusAndEventsTellTheSameStory(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a")
		_ = p.quit()
		want := []EventKind{BecameCandidate, Elected, RoleStarted, RoleStopping, RoleStopped, Left}
		got := p.kinds()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if p.candidateState() != election.Gone {
			t.Errorf("status %v after the end", p.candidateState())
		}
		if err := p.candidate.Run(context.Background()); !errors.Is(err, ErrRunning) {
			t.Errorf("running it again: %v", err)
		}
	})
}

func TestAnObserverThatBlocksStallsNothing(t *testing.T) {
	inArena(t, func(a *arena) {
		release := make(chan struct{})
		first := a.join("a", func(c *Config, _ *Role) {
			c.Observer = ObserverFunc(func(Event) { <-release })
		})
		a.join("b")
		a.wantMaster("a")
		first.link.Cut(bothWays)
		time.Sleep(2 * timeout)
		a.wantMaster("b")
		close(release)
	})
}

func TestARoleThatHangsWhenToldToStopIsSpokenOf(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a", withRole(func(ctx context.Context, term *Term) error {
			s := a.begin("a", term)
			<-ctx.Done()
			time.Sleep(5 * timeout)
			a.finish(s, context.Cause(ctx))
			return nil
		}))
		p.leave()
		time.Sleep(timeout)
		if e := p.find(RoleLate); e.Reason != election.Leaving || e.Token != a.last().token {
			t.Errorf("told %+v, want the role to be called late, for leaving: %v", e, p.kinds())
		}
		if p.saw(RoleOverran) {
			t.Error("called overrun, though its lease is renewed")
		}
		<-p.done
		b := a.join("b")
		_ = b.quit()
		if b.saw(RoleLate) {
			t.Errorf("a role that stops at once is called late: %v", b.kinds())
		}
	})
}

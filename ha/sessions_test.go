package ha

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha/election"
)

// shared gives everybody the same session, and another once that is over.
type shared struct {
	backend coord.Backend

	turn     chan struct{} // a lock that lets a bubble's time pass while a session is opened
	session  coord.Session
	asked    int
	released int
}

func (s *shared) Session(ctx context.Context) (coord.Session, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.asked++
	if s.session != nil {
		if state, _ := s.session.State(); !state.Final() {
			return s.session, nil
		}
	}
	var err error
	s.session, err = s.backend.Open(ctx)
	return s.session, err
}

func (s *shared) Release(context.Context, coord.Session) error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.released++
	return nil
}

func newShared(backend coord.Backend) *shared {
	return &shared{backend: backend, turn: make(chan struct{}, 1)}
}

// run starts a candidate of one of several elections on the shared session.
func (s *shared) run(a *arena, path string) (*Candidate, context.CancelFunc, <-chan error) {
	a.t.Helper()
	c, err := NewOn(s, Config{Path: path, ID: "a"}, a.diligent(path))
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	a.settle()
	return c, cancel, done
}

// inSharing runs f with a source of shared sessions; the record is not held against S1, as its elections are several.
func inSharing(t *testing.T, f func(a *arena, s *shared)) {
	inArena(t, func(a *arena) {
		s := newShared(a.service.Client("shared"))
		f(a, s)
		if s.session != nil {
			_ = s.session.Close(context.Background())
		}
		a.roles = nil
	})
}

func TestElectionsShareASession(t *testing.T) {
	inSharing(t, func(a *arena, s *shared) {
		_, leaveX, doneX := s.run(a, "/x")
		y, leaveY, doneY := s.run(a, "/y")
		leaveX()
		if err := <-doneX; err != nil {
			t.Errorf("leaving /x: %v", err)
		}
		if names, _, err := a.service.Tree().Children(nil, "/x", nil); err != nil || len(names) > 0 {
			t.Errorf("left %v, %v behind in /x", names, err)
		}
		time.Sleep(2 * timeout)
		if status, _ := y.Status(); !status.RoleOn {
			t.Errorf("the other election is %+v, want it undisturbed", status)
		}
		leaveY()
		if err := <-doneY; err != nil || s.released != 2 {
			t.Errorf("leaving /y: %v; released %d times, want 2", err, s.released)
		}
	})
}

func TestASharedSessionEndedByItsOwnerIsFollowedByAnother(t *testing.T) {
	inSharing(t, func(a *arena, s *shared) {
		c, leave, done := s.run(a, "/x")
		before, _ := c.Status()
		_ = s.session.Close(context.Background())
		a.settle()
		after, _ := c.Status()
		if !after.RoleOn || after.Term.Token <= before.Term.Token {
			t.Errorf("from %+v to %+v: want another term", before, after)
		}
		var ended *EndedError
		if cause := a.span(0).cause; !errors.As(cause, &ended) || ended.Reason != election.SessionExpired {
			t.Errorf("the first role was stopped for %v, want the end of its session", cause)
		}
		leave()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestANodeLeftBehindOnASharedSessionIsNotCalledClean(t *testing.T) {
	inSharing(t, func(a *arena, s *shared) {
		_, leave, done := s.run(a, "/x")
		link := s.backend.(*membackend.Client)
		link.Cut(bothWays)
		leave()
		if err := <-done; !errors.Is(err, ErrNotClean) {
			t.Errorf("leaving: %v, want an error that matches ErrNotClean", err)
		}
	})
}

// dead gives sessions that are over already, and counts how often it is asked.
type dead struct{ *shared }

func (d dead) Session(ctx context.Context) (coord.Session, error) {
	s, err := d.shared.Session(ctx)
	if err == nil {
		_ = s.Close(ctx)
	}
	return s, err
}

func TestASourceOfDeadSessionsIsNotBeset(t *testing.T) {
	inArena(t, func(a *arena) {
		d := dead{newShared(a.service.Client("dead"))}
		c, err := NewOn(d, Config{Path: path, ID: "a", OpenWithin: time.Hour}, a.diligent("a"))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(context.Background()); err == nil {
			t.Error("it ran without a session")
		}
		if d.asked > 3600 || d.released < d.asked-1 { // the last may be an error
			t.Errorf("asked %d times in an hour, released %d", d.asked, d.released)
		}
	})
}

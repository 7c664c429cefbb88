package membackend_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

func TestConfigTellsAllItsProblemsAtOnce(t *testing.T) {
	_, err := membackend.New(membackend.Config{SessionTimeout: -1, Tick: -1, Latency: time.Hour})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"session timeout", "tick", "latency"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not tell of the %s", err, name)
		}
	}
}

// With a manual clock nothing happens by itself, and everything that is due happens before Advance returns.
func TestManualClockIsTheOnlyTime(t *testing.T) {
	manual := clock.NewManual(coord.Instant(time.Hour))
	service := newService(t, membackend.Config{Clock: manual, SessionTimeout: timeout, Tick: time.Second})
	link := service.Client("a")
	ctx := context.Background()
	s, err := link.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(ctx, "/mine", nil, coord.Ephemeral); err != nil {
		t.Fatal(err)
	}
	if got, want := s.AliveUntil(), manual.Now().Add(timeout); got != want {
		t.Errorf("AliveUntil is %v, want %v", got, want)
	}
	link.Cut(membackend.Both)
	steps := []struct {
		advance time.Duration
		state   coord.State
		nodes   int
	}{
		{timeout/3*2 - 1, coord.Connected, 5},
		{1, coord.Suspended, 5},
		{timeout / 3, coord.Suspended, 5},
		{time.Second, coord.Suspended, 4},
	}
	for _, step := range steps {
		manual.Advance(step.advance)
		if state, _ := s.State(); state != step.state || service.Tree().Len() != step.nodes {
			t.Errorf("after %v: %v and %d nodes, want %+v", step.advance, state, service.Tree().Len(), step)
		}
	}
	link.Heal()
	if state, _ := s.State(); state != coord.Expired {
		t.Errorf("healed after expiry the session is %v", state)
	}
}

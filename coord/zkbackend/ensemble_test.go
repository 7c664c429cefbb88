package zkbackend_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/internal/zktest"
)

// longTimeout outlasts an election among the servers, and a frozen server's connection.
const longTimeout = 10 * time.Second

// watchful is a session on an ensemble with an ephemeral node, and a watch on it that must not fire.
type watchful struct {
	coord.Session
	path  string
	watch *coord.Watch
}

func openWatchful(t *testing.T, ensemble *zktest.Ensemble) watchful {
	t.Helper()
	s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: ensemble.Addrs(), SessionTimeout: longTimeout}))
	path, err := s.Create(t.Context(), "/e-", nil, coord.EphemeralSequential)
	if err != nil {
		t.Fatal(err)
	}
	_, watch, err := s.Exists(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	return watchful{s, path, watch}
}

// mustStand checks that the session goes on: its node is there and its watch is quiet.
func (w watchful) mustStand(t *testing.T) {
	t.Helper()
	for {
		await(t, w, coord.Connected)
		_, err := w.Multi(t.Context(), coord.CheckOp(w.path, 0))
		if err == nil {
			break
		}
		if !errors.Is(err, coord.ErrConnectionLoss) {
			t.Fatalf("the node: %v", err)
		}
	}
	if event, over := w.watch.Event(); over {
		t.Errorf("the watch fired though nothing happened: %v", event)
	}
}

// serverOf finds the server that the session is connected to.
func serverOf(t *testing.T, ensemble *zktest.Ensemble, s coord.Session) *zktest.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		for _, server := range ensemble.Servers {
			if answer, err := server.Ask(ctx, "cons"); err == nil && strings.Contains(answer, fmt.Sprintf("sid=%v,", s.ID())) {
				return server
			}
		}
	}
	t.Fatalf("no server knows session %v", s.ID())
	return nil
}

func TestSessionOutlivesARollingRestart(t *testing.T) {
	t.Parallel()
	ensemble := zktest.Start(t, zktest.Config{Servers: 3, Tick: 500 * time.Millisecond})
	s := openWatchful(t, ensemble)
	for _, server := range ensemble.Servers {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := server.Restart(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		s.mustStand(t)
	}
	mustClose(t, s)
}

func TestFrozenServerIsLeftForAnother(t *testing.T) {
	t.Parallel()
	ensemble := zktest.Start(t, zktest.Config{Servers: 3, Tick: 500 * time.Millisecond})
	s := openWatchful(t, ensemble)
	frozen := serverOf(t, ensemble, s)
	_, noticed := s.State()
	if err := frozen.Pause(); err != nil {
		t.Fatal(err)
	}
	<-noticed
	await(t, s, coord.Connected)
	s.mustStand(t)
	if err := frozen.Resume(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
}

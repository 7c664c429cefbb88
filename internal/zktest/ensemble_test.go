package zktest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigReportsAllThatIsWrong(t *testing.T) {
	err := Config{Servers: 10, Tick: time.Microsecond}.validate()
	if err == nil || !strings.Contains(err.Error(), "Servers") || !strings.Contains(err.Error(), "Tick") {
		t.Fatalf("got %v", err)
	}
}

func TestServerKeepsItsAddressOverRestarts(t *testing.T) {
	e := Start(t, Config{})
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	s := e.Servers[0]
	addr := s.Addr()
	if mode, err := s.Mode(ctx); err != nil || mode != "standalone" {
		t.Fatalf("mode %q, %v", mode, err)
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != addr {
		t.Fatalf("moved from %s to %s", addr, s.Addr())
	}
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(); err == nil {
		t.Fatal("a server that is down was resumed")
	}
}

func TestEnsembleOutlivesItsLeader(t *testing.T) {
	e := Start(t, Config{Servers: 3})
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	first, err := e.Leader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	second, err := e.Leader(ctx)
	if err != nil || second == first {
		t.Fatalf("the next leader is %v (was %v): %v", second, first, err)
	}
	if err := first.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	for s, wants := range map[*Server][]string{
		first:  {"FOLLOWING", "leaderConnectDelayDuringRetryMs: 300"}, // no other sign shows that the server knows this setting
		second: {"LEADING"},
	} {
		for _, want := range wants {
			if !strings.Contains(s.Log(), want) {
				t.Errorf("the log does not say %s: %s", want, s.Log())
			}
		}
	}
}

func TestALogKeepsItsEnd(t *testing.T) {
	var log tail
	for i := range 3 * tailSize {
		fmt.Fprintf(&log, "%08d", i)
	}
	got := log.String()
	if end := fmt.Sprintf("%08d", 3*tailSize-1); !strings.HasSuffix(got, end) {
		t.Errorf("it ends in %q, want %q", got[len(got)-8:], end)
	}
	if len(got) < tailSize || len(got) > 2*tailSize {
		t.Errorf("it has %d bytes, want %d to %d", len(got), tailSize, 2*tailSize)
	}
}

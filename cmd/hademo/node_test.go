package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

func TestNodePrintsItsWholeLifeAsJSON(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	n := startNode(t, zk, "/life", "n1", "--log-level", "info")
	started := n.event(ha.RoleStarted, 1)
	n.leave()
	if status := n.exit(); status != 0 {
		t.Errorf("status %d", status)
	}
	if got, want := n.kinds(), "candidate role_started role_stopped bye"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
	stopped := n.event(ha.RoleStopped, 1)
	if stopped.Reason != "leaving" || stopped.Token != started.Token || started.Token == 0 || started.Leader != "n1" {
		t.Errorf("started %+v, stopped %+v", started, stopped)
	}
	for _, line := range n.output() {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(line, `{"time":"`), `"`)
		if _, err := time.Parse(timestampLayout, stamp); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	s := client(t, zk)
	if left := members(t, s, "/life"); left != nil {
		t.Errorf("left behind: %v", left)
	}
	view, err := ha.Look(t.Context(), s, "/life")
	if err != nil || view.Register.Term != 1 {
		t.Errorf("register %+v, %v", view.Register, err)
	}
}

func TestStandbyNamesTheLeaderAndTakesOverWhenItLeaves(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	a := startNode(t, zk, "/e", "a")
	first := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/e", "b")
	if r := b.event(ha.BecameStandby, 1); r.Leader != "a" {
		t.Errorf("standby %+v", r)
	}
	a.leave()
	second := b.event(ha.RoleStarted, 1)
	if second.Token <= first.Token {
		t.Errorf("tokens %d, then %d", first.Token, second.Token)
	}
	if stopped := a.event(ha.RoleStopped, 1); second.Time.Before(stopped.Time.Time) {
		t.Errorf("b started at %v, before a stopped at %v", second.Time, stopped.Time)
	}
}

func TestPayloadIsKeptByteForByte(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	data := bytes.Repeat([]byte("\x00\xff\n\"é"), 40_000)
	file := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	n := startNode(t, zk, "/e", "n", "--data-file", file)
	n.event(ha.RoleStarted, 1)
	view, err := ha.Look(t.Context(), client(t, zk), "/e")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(view.Master.Data, data) {
		t.Errorf("%d bytes came back changed, as %d", len(data), len(view.Master.Data))
	}
}

func TestNodeLeavesAtTheEndOfItsInput(t *testing.T) {
	t.Parallel()
	n := startNode(t, embedded(t).Addr(), "/e", "n")
	n.event(ha.RoleStarted, 1)
	if err := n.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if status := n.exit(); status != 0 {
		t.Errorf("status %d", status)
	}
	n.event(ha.Left, 1)
}

func TestShortDisconnectIsToldAndCostsNoTerm(t *testing.T) {
	t.Parallel()
	proxy := zktest.StartProxy(t, embedded(t).Addr())
	n := startNode(t, proxy.Addr(), "/e", "n", "--timeout", "10s")
	n.event(ha.RoleStarted, 1)
	proxy.Reset()
	n.event(ha.Suspended, 1)
	n.event(ha.Resumed, 1)
	n.leave()
	n.exit()
	if got, want := n.kinds(), "candidate role_started suspended resumed role_stopped bye"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

func TestMasterMayBeToldToStopAtOnceWhenItsConnectionIsLost(t *testing.T) {
	t.Parallel()
	proxy := zktest.StartProxy(t, embedded(t).Addr())
	n := startNode(t, proxy.Addr(), "/e", "n", "--on-suspend", "stop")
	first := n.event(ha.RoleStarted, 1)
	proxy.Reset()
	if stopped := n.event(ha.RoleStopped, 1); stopped.Reason != "connection lost" || stopped.Token != first.Token {
		t.Errorf("stopped %+v", stopped)
	}
	if second := n.event(ha.RoleStarted, 2); second.Token <= first.Token {
		t.Errorf("tokens %d, then %d", first.Token, second.Token)
	}
}

func TestExpiredSessionEndsTheRoleAndIsReplaced(t *testing.T) {
	t.Parallel()
	server := embedded(t)
	n := startNode(t, server.Addr(), "/e", "n")
	first := n.event(ha.RoleStarted, 1)
	for _, id := range server.Sessions() {
		server.ExpireSession(id)
	}
	n.event(ha.Expired, 1)
	if stopped := n.event(ha.RoleStopped, 1); stopped.Token != first.Token {
		t.Errorf("stopped %+v", stopped)
	}
	if second := n.event(ha.RoleStarted, 2); second.Token <= first.Token {
		t.Errorf("tokens %d, then %d", first.Token, second.Token)
	}
}

func TestMasterWorksAndStandbyDoesNot(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	a := startNode(t, zk, "/e", "a")
	started := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/e", "b")
	b.event(ha.BecameStandby, 1)
	s := client(t, zk)
	for range 3 {
		p := nextWork(t, s, "/e-work")
		if p.ID != "a" || p.Token != started.Token {
			t.Errorf("work %+v, while a is master with token %d", p, started.Token)
		}
	}
}

func TestNodeWithoutWorkWritesNothing(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	n := startNode(t, zk, "/e", "n", "--no-work")
	n.event(ha.RoleStarted, 1)
	n.leave()
	n.exit()
	if _, _, err := client(t, zk).Exists(t.Context(), "/e-work", false); !errors.Is(err, coord.ErrNoNode) {
		t.Errorf("the work node: %v", err)
	}
}

func TestNodeForPeoplePrintsSentences(t *testing.T) {
	t.Parallel()
	n := start(t, "node", "--stop-on-eof", "--zk", embedded(t).Addr(), "--path", "/e", "--id", "n")
	n.awaitLine("n is MASTER, with token 0x")
	n.leave()
	n.exit()
	n.awaitLine("n is no longer master: leaving")
	n.awaitLine("n has left")
}

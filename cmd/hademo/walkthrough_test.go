package main

import (
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

func TestWalkThroughPlaysOutOnTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	walkThrough(t, embedded(t).Addr())
}

// walkThrough is the story of docs/walkthrough.md.
func walkThrough(t *testing.T, zk string) {
	const path, low, high = "/dmonitor/master", "192.168.145.130", "192.168.145.131"
	args := []string{"--policy", "name", "--data", "test", "--timeout", "2s", "--tick", "200ms"}

	n131 := startNode(t, zk, path, high, args...)
	first := n131.event(ha.RoleStarted, 1)

	n130 := startNode(t, zk, path, low, args...)
	if r := n130.event(ha.BecameStandby, 1); r.Leader != high {
		t.Errorf("%s stands by for %q", low, r.Leader)
	}
	checkMaster(t, zk, path, high, low)
	if got, want := n131.turns(), "candidate role_started"; got != want {
		t.Errorf("while another joined, the master saw %q, want %q", got, want)
	}

	n131.kill()
	second := n130.event(ha.RoleStarted, 1)
	checkMaster(t, zk, path, low)

	n131 = startNode(t, zk, path, high, args...)
	third := n131.event(ha.RoleStarted, 1)
	stopped := n130.event(ha.RoleStopped, 1)
	if third.Time.Before(stopped.Time.Time) {
		t.Errorf("%s became master at %v, before %s had stopped at %v", high, third.Time, low, stopped.Time)
	}
	if stopped.Reason != "preempted" || stopped.Token != second.Token {
		t.Errorf("stopped %+v, want the term with token %d preempted", stopped, second.Token)
	}
	if first.Token >= second.Token || second.Token >= third.Token {
		t.Errorf("tokens %d, %d, %d do not grow", first.Token, second.Token, third.Token)
	}
	n130.event(ha.BecameStandby, 2)
	checkMaster(t, zk, path, high, low)
}

// checkMaster compares the election with the ids that should be in it, the master first.
func checkMaster(t *testing.T, zk, path string, ids ...string) {
	t.Helper()
	s := client(t, zk)
	view, err := ha.Look(t.Context(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	if view.Master == nil || view.Master.ID != ids[0] || len(view.Members) != len(ids) {
		t.Fatalf("the election is %+v, want %v", view, ids)
	}
	for i, m := range view.Members {
		data, _, _, err := s.Get(t.Context(), coord.JoinPath(path, m.Node), false)
		if m.ID != ids[i] || string(data) != "test" || err != nil {
			t.Errorf("candidate %d is %s, with the data %q, %v; want %s", i+1, m.ID, data, err, ids[i])
		}
	}
}

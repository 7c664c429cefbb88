package main

import (
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

func TestDemonstrationGoesAsItShould(t *testing.T) {
	for _, policy := range []string{"oldest", "newest", "name", "priority"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			p := start(t, "--policy", policy, "--pace", "10ms")
			if status := p.exit(); status != 0 {
				t.Errorf("status %d", status)
			}
			checkDemonstration(t, p)
		})
	}
}

// checkDemonstration looks for what the summary must say.
func checkDemonstration(t *testing.T, p *process) {
	t.Helper()
	all := strings.Join(strings.Fields(strings.Join(p.output(), "\n")), " ")
	for _, part := range []string{
		"zkCli.sh -server", "SIGKILL to", "took over", "fencing tokens strictly growing", "overlaps 0", "fail-over", "hand-over",
		"All went as it should.",
	} {
		if !strings.Contains(all, part) {
			t.Errorf("the output lacks %q", part)
		}
	}
	if said := p.errors(); said != "" {
		t.Errorf("standard error: %s", said)
	}
}

func TestDemonstrationLeavesNobodyInTheElection(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	s := client(t, zk)
	if _, err := s.Create(t.Context(), "/root", nil, coord.Persistent); err != nil {
		t.Fatal(err)
	}
	p := start(t, "--zk", zk+"/root", "--path", "/demo/master", "--pace", "10ms")
	if status := p.exit(); status != 0 {
		t.Errorf("status %d", status)
	}
	checkDemonstration(t, p)
	view, err := ha.Look(t.Context(), s, "/root/demo/master")
	if err != nil || len(view.Members) > 0 || view.Register.Term < 4 {
		t.Errorf("afterwards the election is %+v, %v", view, err)
	}
}

func TestDemonstrationKeepsOutOfAnElectionInUse(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	n := startNode(t, zk, "/e", "somebody")
	n.event(ha.RoleStarted, 1)
	p := start(t, "--zk", zk, "--path", "/e")
	if status := p.exit(); status != exitFailed || !strings.Contains(p.errors(), "/e has candidates already, the first of them somebody") {
		t.Errorf("status %d, %s", status, p.errors())
	}
	if got, want := n.turns(), "candidate role_started"; got != want {
		t.Errorf("the other candidate saw %q, want %q", got, want)
	}
}

func TestDemonstrationNamesAChildThatFails(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	s := client(t, zk)
	if _, err := s.Create(t.Context(), "/e", nil, coord.Persistent); err != nil {
		t.Fatal(err)
	}
	p := start(t, "--zk", zk, "--path", "/e", "--pace", "1h")
	p.awaitLine("charlie stands by")
	if _, err := s.Set(t.Context(), "/e", []byte("no register"), coord.AnyVersion); err != nil {
		t.Fatal(err)
	}
	if status := p.exit(); status != exitFailed || !strings.Contains(p.errors(), "no register") {
		t.Errorf("status %d, %s", status, p.errors())
	}
	if got, _, _, err := s.Children(t.Context(), "/e", false); err != nil || len(got) > 0 {
		t.Errorf("left behind: %v, %v", got, err)
	}
}

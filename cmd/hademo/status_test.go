package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

func TestStatusShowsMasterTokenAndCandidatesInRankOrder(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	var master record
	for _, id := range []string{"low", "middle", "top"} {
		n := startNode(t, zk, "/e", id, "--policy", "priority", "--priority", map[string]string{"low": "-1", "middle": "5", "top": "10"}[id], "--data", "of "+id)
		n.event(ha.BecameCandidate, 1)
		if id == "top" {
			master = n.event(ha.RoleStarted, 1)
		} else {
			n.event(ha.RoleStarted, 1)
		}
	}
	s := client(t, zk)
	if _, err := s.Create(t.Context(), "/e/README", nil, coord.Persistent); err != nil {
		t.Fatal(err)
	}
	p := start(t, "status", "--zk", zk, "--path", "/e", "--json")
	if status := p.exit(); status != 0 {
		t.Fatalf("status %d", status)
	}
	var r report
	if err := json.Unmarshal([]byte(strings.Join(p.output(), "")), &r); err != nil {
		t.Fatal(err)
	}
	if r.Master != "top" || r.Token != master.Token || r.Policy != "priority" || r.Term != 3 {
		t.Errorf("report %+v, want top with token %d", r, master.Token)
	}
	var ids []string
	for _, c := range r.Candidates {
		ids = append(ids, c.ID)
		if c.Text != "of "+c.ID || string(c.Data) != c.Text || c.Master != (c.ID == "top") {
			t.Errorf("candidate %+v", c)
		}
	}
	if got := strings.Join(ids, " "); got != "top middle low" {
		t.Errorf("in rank order: %s", got)
	}

	people := start(t, "status", "--zk", zk, "--path", "/e")
	people.exit()
	all := strings.Join(strings.Fields(strings.Join(people.output(), "\n")), " ")
	for _, part := range []string{"master top", "token " + master.Token.String(), "1 top master", "2 middle standby", `3 low standby`, `"of low"`} {
		if !strings.Contains(all, part) {
			t.Errorf("the output lacks %q", part)
		}
	}
}

func TestStatusOfAnElectionWithoutATerm(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	if _, err := client(t, zk).Create(t.Context(), "/e", nil, coord.Persistent); err != nil {
		t.Fatal(err)
	}
	p := start(t, "status", "--zk", zk, "--path", "/e", "--json")
	if status := p.exit(); status != 0 || strings.Join(p.output(), "") != `{"path":"/e","term":0,"candidates":[]}` {
		t.Errorf("status %d, %s", status, p.output())
	}
	p = start(t, "status", "--zk", zk, "--path", "/e")
	p.exit()
	p.awaitLine("none yet")
}

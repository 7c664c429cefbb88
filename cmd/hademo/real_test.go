package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

// realTick is the real server's tickTime: sessions expire up to one later than they should.
const realTick = 200 * time.Millisecond

// lasting is the session timeout of a node that is to keep what it has, however busy the machine: a process that gets no turn for a
// second or two loses a shorter session, and rightly so. Nobody waits for it to expire.
const lasting = "40s"

// granting are the settings of a real server that grants a lasting session, as the embedded one does anyway.
var granting = map[string]string{"maxSessionTimeout": "40000"}

func TestOnARealServer(t *testing.T) {
	zktest.Need(t)
	t.Parallel()
	zk := zktest.Start(t, zktest.Config{Tick: realTick, Extra: granting}).Addrs()[0]
	tests := map[string]func(*testing.T, string){
		"WalkThroughPlaysOut":            walkThrough,
		"DemonstrationGoesAsItShould":    demonstrate,
		"KilledMasterIsReplaced":         killedMaster,
		"CutOffMasterStopsBeforeTheNext": cutOffMaster,
	}
	maps.Copy(tests, withSignals)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, zk)
		})
	}
}

func TestDemonstrationGoesAsItShouldOnARealEnsemble(t *testing.T) {
	zktest.Need(t)
	t.Parallel()
	ensemble := zktest.Start(t, zktest.Config{Servers: 3, Tick: realTick})
	if _, err := client(t, ensemble.Addrs()[0]).Create(t.Context(), "/chroot", nil, coord.Persistent); err != nil {
		t.Fatal(err)
	}
	demonstrate(t, strings.Join(ensemble.Addrs(), ",")+"/chroot")
}

// withSignals are the tests that need a system with signals.
var withSignals = map[string]func(*testing.T, string){}

// The same on the embedded server, which is to be no different.

func TestKilledMasterIsReplaced(t *testing.T) {
	t.Parallel()
	killedMaster(t, embedded(t).Addr())
}

func TestCutOffMasterStopsBeforeTheNextStarts(t *testing.T) {
	t.Parallel()
	cutOffMaster(t, embedded(t).Addr())
}

func demonstrate(t *testing.T, zk string) {
	p := start(t, "--zk", zk, "--path", "/demonstration/master", "--pace", "10ms")
	if status := p.exit(); status != 0 {
		t.Errorf("status %d", status)
	}
	checkDemonstration(t, p)
}

func killedMaster(t *testing.T, zk string) {
	a := startNode(t, zk, "/killed", "a", "--timeout", "3s", "--tick", "200ms")
	first := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/killed", "b", "--timeout", lasting)
	b.event(ha.BecameStandby, 1)
	killed := a.kill()
	second := b.event(ha.RoleStarted, 1)
	if second.Token <= first.Token {
		t.Errorf("tokens %d, then %d", first.Token, second.Token)
	}
	if second.Time.Before(killed) {
		t.Errorf("b was master at %v, before a was killed at %v", second.Time, killed)
	}
}

func cutOffMaster(t *testing.T, zk string) {
	proxy := zktest.StartProxy(t, zk)
	a := startNode(t, proxy.Addr(), "/cut", "a", "--timeout", "3s", "--tick", "200ms")
	first := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/cut", "b", "--timeout", lasting)
	b.event(ha.BecameStandby, 1)

	proxy.Cut(zktest.Both)
	second := b.event(ha.RoleStarted, 1)
	stopped := a.event(ha.RoleStopped, 1)
	if second.Time.Before(stopped.Time.Time) {
		t.Errorf("b was master at %v, before a had stopped at %v", second.Time, stopped.Time)
	}
	if stopped.Reason != "lease ended" || stopped.Token != first.Token || second.Token <= first.Token {
		t.Errorf("a started %+v and stopped %+v, then b started %+v", first, stopped, second)
	}
	a.event(ha.Suspended, 1)

	proxy.Heal()
	a.event(ha.Expired, 1)
	a.event(ha.BecameCandidate, 2)
	if r := a.event(ha.BecameStandby, 1); r.Leader != "b" {
		t.Errorf("back, a stands by for %q", r.Leader)
	}
	if got, want := b.turns(), "candidate standby role_started"; got != want {
		t.Errorf("b saw %q, want %q", got, want)
	}
}

// checkLateWriteFailed waits for a node's attempt, with --late-write, to write when its term was over.
func checkLateWriteFailed(t *testing.T, p *process) {
	t.Helper()
	p.await("a late write", func() bool { return strings.Contains(p.errors(), "late write") })
	if said := p.errors(); !strings.Contains(said, "late write failed") {
		t.Errorf("standard error: %s", said)
	}
}

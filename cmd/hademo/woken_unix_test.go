//go:build unix

package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/hamaster/hamaster/ha"
)

func init() { withSignals["WokenMasterDoesNoHarm"] = wokenMaster }

func TestWokenMasterDoesNoHarm(t *testing.T) {
	t.Parallel()
	wokenMaster(t, embedded(t).Addr())
}

// wokenMaster pauses a master for three session timeouts, in which another takes over, and keeps its term when the first is back.
func wokenMaster(t *testing.T, zk string) {
	const path, timeout = "/woken", 2 * time.Second
	a := startNode(t, zk, path, "a", "--timeout", timeout.String(), "--tick", "200ms", "--late-write")
	first := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, path, "b", "--timeout", lasting)
	b.event(ha.BecameStandby, 1)
	s := client(t, zk)
	nextWork(t, s, path+"-work")

	a.signal(syscall.SIGSTOP)
	paused := time.After(3 * timeout)
	second := b.event(ha.RoleStarted, 1)
	seen := watchWork(t, s, path+"-work", second.Token)
	<-paused
	woken := time.Now()
	a.signal(syscall.SIGCONT)

	stopped := a.event(ha.RoleStopped, 1)
	if stopped.Time.Before(woken) || stopped.Token != first.Token || stopped.Reason == "" {
		t.Errorf("woken at %v, a stopped %+v", woken, stopped)
	}
	checkLateWriteFailed(t, a)
	if r := a.event(ha.BecameStandby, 1); r.Leader != "b" {
		t.Errorf("back, a stands by for %q", r.Leader)
	}
	if got, want := b.turns(), "candidate standby role_started"; got != want {
		t.Errorf("b saw %q, want %q", got, want)
	}
	for _, p := range seen() {
		if p.Token != second.Token {
			t.Errorf("work %+v was taken after that of token %d", p, second.Token)
		}
	}
}

func TestWokenMasterEndsItsProcessIfToldTo(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	a := startNode(t, zk, "/e", "a", "--timeout", "2s", "--tick", "100ms", "--exit-on-overrun")
	a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/e", "b", "--timeout", lasting)
	b.event(ha.BecameStandby, 1)
	a.signal(syscall.SIGSTOP)
	b.event(ha.RoleStarted, 1)
	a.signal(syscall.SIGCONT)
	if status := a.exit(); status != 75 {
		t.Errorf("status %d, want that of ha.ExitProcess", status)
	}
}

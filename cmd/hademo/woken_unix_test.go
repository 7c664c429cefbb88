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

// wokenMaster pauses a master for three session timeouts, in which another takes over.
func wokenMaster(t *testing.T, zk string) {
	const path, timeout = "/woken", 2 * time.Second
	args := []string{"--timeout", timeout.String(), "--tick", "200ms", "--late-write"}
	a := startNode(t, zk, path, "a", args...)
	first := a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, path, "b", args...)
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
	a.event(ha.BecameCandidate, 2)
	for _, p := range seen() {
		if p.Token < second.Token {
			t.Errorf("work %+v was taken after that of token %d", p, second.Token)
		}
	}
}

func TestWokenMasterEndsItsProcessIfToldTo(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	a := startNode(t, zk, "/e", "a", "--timeout", "1s", "--exit-on-overrun")
	a.event(ha.RoleStarted, 1)
	b := startNode(t, zk, "/e", "b", "--timeout", "1s")
	b.event(ha.BecameStandby, 1)
	a.signal(syscall.SIGSTOP)
	b.event(ha.RoleStarted, 1)
	a.signal(syscall.SIGCONT)
	if status := a.exit(); status != 75 {
		t.Errorf("status %d, want that of ha.ExitProcess", status)
	}
}

//go:build unix

package main

import (
	"syscall"
	"testing"

	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

func TestSecondSignalEndsTheProcessAtOnce(t *testing.T) {
	t.Parallel()
	proxy := zktest.StartProxy(t, embedded(t).Addr())
	n := startNode(t, proxy.Addr(), "/e", "n", "--timeout", "40s")
	n.event(ha.RoleStarted, 1)
	proxy.Cut(zktest.Both) // so that leaving takes long
	n.signal(syscall.SIGINT)
	n.event(ha.RoleStopped, 1)
	n.signal(syscall.SIGTERM)
	if status := n.exit(); status != exitInterrupted {
		t.Errorf("status %d, want %d", status, exitInterrupted)
	}
}

func TestNodeThatIsStillConnectingCanBeStopped(t *testing.T) {
	t.Parallel()
	proxy := zktest.StartProxy(t, embedded(t).Addr())
	proxy.Cut(zktest.Both)
	n := startNode(t, proxy.Addr(), "/e", "n", "--timeout", "40s", "--log-level", "trace")
	n.await("an attempt to connect", func() bool { return proxy.Connections() > 0 })
	n.signal(syscall.SIGTERM)
	if status := n.exit(); status != 0 {
		t.Errorf("status %d", status)
	}
	if got := n.kinds(); got != "bye" {
		t.Errorf("events %q, want only bye", got)
	}
}

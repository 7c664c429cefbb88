package zktest

import (
	"context"
	"os"
	"testing"
	"time"
)

// RequireVariable is the environment variable that, set to 1, turns the skipping by [Need] into a failure.
const RequireVariable = "HAMASTER_REQUIRE_ZOOKEEPER"

// startTimeout bounds the start of servers in a test, on a machine that is busy with others.
const startTimeout = 2 * time.Minute

// Need skips the test where real servers cannot be started, or fails it if they are required.
func Need(tb testing.TB) {
	tb.Helper()
	err := Available()
	switch {
	case err == nil:
	case os.Getenv(RequireVariable) == "1":
		tb.Fatalf("a real ZooKeeper is required (%s=1): %v", RequireVariable, err)
	default:
		tb.Skipf("needs a real ZooKeeper: %v", err)
	}
}

// Start launches servers for the test, which is skipped where that cannot be ([Need]), and closes them at its end. If the test has
// failed by then, it prints what the servers logged last: what looks like a fault of a client is often an election among them.
func Start(tb testing.TB, cfg Config) *Ensemble {
	tb.Helper()
	Need(tb)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	e, err := Launch(ctx, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
		if tb.Failed() {
			for _, s := range e.Servers {
				tb.Logf("server %d at %s logged:\n%s", s.id, s.Addr(), s.Log())
			}
		}
	})
	return e
}

// StartProxy puts a proxy before servers for the test, and closes it at its end.
func StartProxy(tb testing.TB, servers ...string) *Proxy {
	tb.Helper()
	p, err := NewProxy(servers...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Close)
	return p
}

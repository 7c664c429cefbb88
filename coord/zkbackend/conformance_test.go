package zkbackend_test

import (
	"context"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/coordtest"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/internal/zktest"
)

// sessionTimeout is short, since many tests wait for a session to expire, and long enough that a machine that is busy with other
// tests does not expire those that should live.
const sessionTimeout = 3 * time.Second

func TestKeepsTheContractOnARealServer(t *testing.T) {
	testContract(t, zktest.Start(t, zktest.Config{}))
}

func TestKeepsTheContractOnARealEnsemble(t *testing.T) {
	testContract(t, zktest.Start(t, zktest.Config{Servers: 3}))
}

// testContract runs the conformance suite with every client behind proxies of its own.
func testContract(t *testing.T, ensemble *zktest.Ensemble) {
	service := coordtest.Service{NewClient: func(t testing.TB) coordtest.Client { return newClient(t, ensemble.Addrs()) }}
	if len(ensemble.Servers) > 1 {
		service.Settle = func(t testing.TB) { settle(t, ensemble) }
	}
	coordtest.Run(t, coordtest.Harness{
		New:      func(testing.TB) coordtest.Service { return service },
		Patience: 2 * time.Minute,
		Parallel: 16,
	})
}

// newClient returns a backend that reaches the servers through a proxy, and the faults of that.
func newClient(t testing.TB, servers []string) coordtest.Client {
	t.Helper()
	proxy := zktest.StartProxy(t, servers...)
	return coordtest.Client{
		Backend:         newBackend(t, zkbackend.Config{Servers: proxy.Addrs(), SessionTimeout: sessionTimeout}),
		Cut:             func(d coordtest.Direction) { proxy.Cut(zktest.Direction(d)) },
		Heal:            proxy.Heal,
		Reset:           proxy.Reset,
		LoseNextRequest: proxy.LoseRequest,
		LoseNextReply:   proxy.LoseReply,
	}
}

func newBackend(t testing.TB, cfg zkbackend.Config) coord.Backend {
	t.Helper()
	b, err := zkbackend.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// settle returns when every server shows what was written before: a sync through each brings it there.
func settle(t testing.TB, ensemble *zktest.Ensemble) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, server := range ensemble.Servers {
		s, err := newBackend(t, zkbackend.Config{Servers: []string{server.Addr()}, SessionTimeout: sessionTimeout}).Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(ctx, "/"); err != nil {
			t.Error(err)
		}
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	}
}

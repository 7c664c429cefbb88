package zkbackend_test

import (
	"context"
	"testing"
	"testing/synctest"
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
	t.Parallel() // it waits most of the time
	testContract(t, zktest.Start(t, zktest.Config{}))
}

func TestKeepsTheContractOnARealEnsemble(t *testing.T) {
	t.Parallel() // it waits most of the time
	testContract(t, zktest.Start(t, zktest.Config{Servers: 3}))
}

func TestKeepsTheContractOnTheEmbeddedServer(t *testing.T) {
	t.Parallel() // it waits most of the time
	server := startEmbedded(t)
	run(t, coordtest.Harness{New: func(testing.TB) coordtest.Service {
		return coordtest.Service{NewClient: func(t testing.TB) coordtest.Client {
			return newClient(t, zktest.StartProxy(t, server.Addr()))
		}}
	}})
}

// In a bubble every check has a server of its own, and nothing but pipes.
func TestKeepsTheContractInVirtualTime(t *testing.T) {
	run(t, coordtest.Harness{
		Wrap: synctest.Test,
		New: func(t testing.TB) coordtest.Service {
			server := newPiped(t)
			return coordtest.Service{NewClient: func(t testing.TB) coordtest.Client {
				return newClient(t, server.proxy(t))
			}}
		},
	})
}

// testContract runs the conformance suite with every client behind a proxy of its own.
func testContract(t *testing.T, ensemble *zktest.Ensemble) {
	service := coordtest.Service{NewClient: func(t testing.TB) coordtest.Client {
		return newClient(t, zktest.StartProxy(t, ensemble.Addrs()...))
	}}
	if len(ensemble.Servers) > 1 {
		service.Settle = func(t testing.TB) { settle(t, ensemble) }
	}
	run(t, coordtest.Harness{New: func(testing.TB) coordtest.Service { return service }})
}

func run(t *testing.T, h coordtest.Harness) {
	h.Patience, h.Parallel = 2*time.Minute, 16
	coordtest.Run(t, h)
}

// newClient returns a backend that reaches the servers through a proxy, and the faults of that.
func newClient(t testing.TB, proxy *zktest.Proxy) coordtest.Client {
	t.Helper()
	cfg := zkbackend.Config{Servers: proxy.Addrs(), SessionTimeout: sessionTimeout}
	if len(cfg.Servers) == 0 {
		cfg.Servers, cfg.Dial = []string{"pipe:1"}, proxy.Dial
	}
	return coordtest.Client{
		Backend:         newBackend(t, cfg),
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

package interop

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/internal/zktest"
)

// tick is the same for both servers: sessions that claims leave to expire ask for one second.
const tick = 500 * time.Millisecond

// side is one of the two servers that are compared.
type side struct {
	name string
	addr string        // of the server itself
	link *zktest.Proxy // what faults strike
}

// startPair starts a real server and one of ours. The real one has what ours has by default.
func startPair(t *testing.T) (genuine, ours *side) {
	t.Helper()
	zk := zktest.Start(t, zktest.Config{Tick: tick, Extra: map[string]string{"extendedTypesEnabled": "true"}})
	srv, err := zkserver.Start(zkserver.Config{TickTime: tick, MaxTimeout: 20 * tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return newSide(t, "ZooKeeper", zk.Addrs()[0]), newSide(t, "zkserver", srv.Addr())
}

func newSide(t *testing.T, name, addr string) *side {
	return &side{name: name, addr: addr, link: zktest.StartProxy(t, addr)}
}

// suffer does to the link what a program asks for.
func (s *side) suffer(t *testing.T, fault string) {
	switch fault {
	case "reset":
		s.link.Reset()
	case "cut":
		s.link.Cut(zktest.Both)
	case "heal":
		s.link.Heal()
	case "lose-reply":
		s.link.LoseReply()
	case "lose-request":
		s.link.LoseRequest()
	case "refuse":
		s.link.Refuse()
	case "accept":
		if err := s.link.Accept(); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	default:
		t.Errorf("%s: no such fault: %q", s.name, fault)
	}
}

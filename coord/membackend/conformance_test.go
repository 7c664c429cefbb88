package membackend_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/coordtest"
	"github.com/hamaster/hamaster/coord/membackend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// In real time for the race detector's sake, with real parallelism. Pings and the end of a silent session are alarms of one process here,
// so one that gets no turn for a whole session timeout finds both overdue, and the session may end first: as it would at a real
// service. Stopped for 1.2 s (SIGSTOP), a process lost 16 of 16 idle sessions of 1 s, for 0.9 s 4 of 16, and none of 3 s; several runs with
// the race detector on two cores rest that long now and then. How short sessions fare is for the runs in virtual time.
func TestKeepsTheContract(t *testing.T) {
	coordtest.Run(t, harness(membackend.Config{SessionTimeout: 3 * time.Second}, nil))
}

func TestKeepsTheContractInVirtualTime(t *testing.T) {
	coordtest.Run(t, harness(membackend.Config{SessionTimeout: 6 * time.Second}, synctest.Test))
}

func TestKeepsTheContractOnASlowLink(t *testing.T) {
	coordtest.Run(t, harness(membackend.Config{SessionTimeout: 6 * time.Second, Latency: 20 * time.Millisecond}, synctest.Test))
}

func harness(cfg membackend.Config, wrap func(*testing.T, func(*testing.T))) coordtest.Harness {
	return coordtest.Harness{
		ReadsProveLife: true,
		Wrap:           wrap,
		Patience:       time.Minute,
		New: func(t testing.TB) coordtest.Service {
			service := newService(t, cfg)
			return coordtest.Service{NewClient: func(testing.TB) coordtest.Client {
				link := service.Client("client")
				return coordtest.Client{
					Backend:         link,
					Cut:             func(d coordtest.Direction) { link.Cut(membackend.Direction(d)) },
					Heal:            link.Heal,
					Reset:           link.Reset,
					LoseNextRequest: link.LoseNextRequest,
					LoseNextReply:   link.LoseNextReply,
					Expire:          func(id coord.SessionID) { service.Expire(id) },
				}
			}}
		},
	}
}

func newService(t testing.TB, cfg membackend.Config) *membackend.Service {
	t.Helper()
	service, err := membackend.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service
}

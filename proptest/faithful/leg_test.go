package faithful

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/internal/zktest"
)

const (
	// sessionTimeout is long, so that no session expires because the machine is busy: that would take a zxid.
	sessionTimeout = 30 * time.Second
	// tick lets every server grant it.
	tick = 2 * time.Second
	// attempt is for how long zkbackend waits for a server to shake hands.
	attempt = time.Second
	// patience bounds what should take milliseconds.
	patience = time.Minute
)

// leg is one implementation of the contract. The last of those compared is the one that is right.
type leg struct {
	name    string
	connect func(tb rapid.TB, chroot string) link
	chroots bool          // connect can put all paths under a node
	steward coord.Session // makes the place for each sequence, and looks at what is left
}

// link is one client's way to the service, which can be interrupted.
type link struct {
	coord.Backend
	interrupt func() // breaks the connection; others are held up until restore
	restore   func() // after interrupt alone
	close     func()
}

// newLegs starts the services: both fakes and, where it is installed, the original. A test of them says zktest.Need at its end, so that a
// comparison of the fakes alone does not pass for more than it is.
func newLegs(t *testing.T) []*leg {
	t.Helper()
	legs := []*leg{memory(t), embedded(t)}
	if zktest.Available() == nil {
		legs = append(legs, overNetwork("ZooKeeper", zktest.Start(t, zktest.Config{Tick: tick}).Addrs()...))
	}
	for _, l := range legs {
		l.employ(t)
	}
	return legs
}

// employ opens the steward's session until the test ends.
func (l *leg) employ(t *testing.T) {
	t.Helper()
	k := l.connect(t, "")
	t.Cleanup(k.close)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if l.steward, err = k.Open(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := l.steward.Close(ctx); err != nil {
			t.Error(err)
		}
	})
}

func memory(t *testing.T) *leg {
	service, err := membackend.New(membackend.Config{SessionTimeout: sessionTimeout, Tick: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return &leg{name: "membackend", connect: func(rapid.TB, string) link {
		client := service.Client("")
		return link{
			Backend:   client,
			interrupt: func() { client.Cut(membackend.Both); client.Reset() },
			restore:   client.Heal,
			close:     func() {},
		}
	}}
}

func embedded(t *testing.T) *leg {
	server, err := zkserver.Start(zkserver.Config{TickTime: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return overNetwork("zkserver", server.Addr())
}

// overNetwork reaches servers through zkbackend, each client by a proxy of its own.
func overNetwork(name string, addrs ...string) *leg {
	return &leg{name: name, chroots: true, connect: func(tb rapid.TB, chroot string) link {
		proxy, err := zktest.NewProxy(addrs...)
		if err != nil {
			tb.Fatal(err)
		}
		backend, err := zkbackend.New(zkbackend.Config{Servers: proxy.Addrs(), Chroot: chroot, SessionTimeout: sessionTimeout})
		if err != nil {
			tb.Fatal(err)
		}
		var since time.Time
		return link{
			Backend:   backend,
			interrupt: func() { since = time.Now(); proxy.Cut(zktest.Both); proxy.Reset() },
			restore: func() {
				// What an attempt to connect has sent that was given up meanwhile must not reach the server: it would take the
				// session over.
				if time.Since(since) > attempt/2 {
					proxy.Reset()
				}
				proxy.Heal()
			},
			close: proxy.Close,
		}
	}}
}

// Package proptest holds tests of the whole: the real runtime over the real backends, under faults.
package proptest

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/ha"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wires makes connections to a server out of pipes, so that a bubble's time can pass.
type wires struct {
	server *zkserver.Server
	mu     sync.Mutex
	cut    bool
	open   []net.Conn
}

func (w *wires) dial(_ context.Context, _, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return nil, &net.AddrError{Err: "cut", Addr: addr}
	}
	client, server := net.Pipe()
	w.open = append(w.open, client)
	return client, w.server.ServeConn(server)
}

// sever breaks all connections and refuses new ones.
func (w *wires) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

func (w *wires) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

// TestTheRealClientKeepsOneMasterThroughHoursOfCuts runs ha, zkbackend, the unmodified go-zookeeper and zkserver in virtual time.
func TestTheRealClientKeepsOneMasterThroughHoursOfCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := zkserver.New(zkserver.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()

		var mu sync.Mutex
		running, terms, overlaps := 0, 0, 0
		role := func(ctx context.Context, _ *ha.Term) error {
			mu.Lock()
			running++
			terms++
			if running > 1 {
				overlaps++
			}
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		}
		var all sync.WaitGroup
		links := map[string]*wires{}
		for _, id := range []string{"a", "b", "c"} {
			w := &wires{server: server}
			links[id] = w
			backend, err := zkbackend.New(zkbackend.Config{Servers: []string{"pipe:1"}, SessionTimeout: 10 * time.Second, Dial: w.dial})
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				if err := ha.Run(ctx, backend, ha.Config{Path: "/e", ID: id}, role); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		for range 4 { // hours, each with one candidate cut off after the other
			for _, id := range []string{"a", "b", "c"} {
				time.Sleep(10 * time.Minute)
				links[id].sever()
				time.Sleep(time.Minute)
				links[id].mend()
			}
			time.Sleep(27 * time.Minute)
		}
		mu.Lock()
		if running != 1 || overlaps != 0 || terms < 4 {
			t.Errorf("%d masters at the end, %d overlaps, %d terms: want 1, 0, and at least 4", running, overlaps, terms)
		}
		mu.Unlock()
		cancel()
		all.Wait()
	})
}

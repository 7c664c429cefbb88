// Package proptest holds tests of the whole: the real runtime over the real backends, under faults.
package proptest

import (
	"context"
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

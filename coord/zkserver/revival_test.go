package zkserver_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/internal/zktest"
)

// A server that has read its sessions from disk gives each anew the timeout that it was opened with, whatever was granted when it was taken
// up again. The order in which sessions end that nobody comes back for shows it.
func TestSessionsOutlastARestartAsOnARealServer(t *testing.T) {
	const tick = 200 * time.Millisecond
	t.Run("real", func(t *testing.T) {
		t.Parallel() // it mostly waits
		genuine := zktest.Start(t, zktest.Config{Tick: tick, Extra: map[string]string{"maxSessionTimeout": "30000"}})
		wantRevived(t, genuine.Addrs()[0], func() {
			if err := genuine.Servers[0].Kill(); err != nil {
				t.Fatal(err)
			}
			if err := genuine.Servers[0].Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		srv := start(t, zkserver.Config{TickTime: tick})
		wantRevived(t, srv.Addr(), func() { srv.Restart(true) })
	})
}

// wantRevived opens sessions, takes them up again, restarts the server, and checks in which order they ended: the parents of their nodes
// have kept it.
func wantRevived(t *testing.T, addr string, restart func()) {
	const shortest, middle, longest = 2 * time.Second, 3 * time.Second, 4 * time.Second
	revive(t, addr, "/lengthened", shortest, longest)
	revive(t, addr, "/kept", middle, middle)
	revive(t, addr, "/shortened", longest, shortest)
	restart()
	watcher := dialAddr(t, addr)
	watcher.greet(greeting{timeout: twinTimeout})
	for _, parent := range []string{"/shortened", "/kept", "/lengthened"} {
		if code, _ := watcher.call(wire.OpExists, readBody(parent+"/e", true)); code == wire.OK {
			watcher.awaitEvent()
		}
	}
	var ends []coord.Zxid
	for _, parent := range []string{"/lengthened", "/kept", "/shortened"} {
		d := watcher.want(wire.OK, wire.OpExists, readBody(parent, false))
		s := stat(&d)
		ends = append(ends, s.Pzxid)
		if s.NumChildren != 0 || s.Cversion != 2 {
			t.Errorf("%s: %+v", parent, s)
		}
	}
	if !slices.IsSorted(ends) {
		t.Errorf("they ended at %v", ends)
	}
}

// revive opens a session with one timeout, makes a node of its own, and takes it up again with another.
func revive(t *testing.T, addr, parent string, opened, resumed time.Duration) {
	c, again := dialAddr(t, addr), dialAddr(t, addr)
	c.greet(greeting{timeout: opened})
	c.want(wire.OK, wire.OpCreate, createBody(parent, nil, 0))
	c.want(wire.OK, wire.OpCreate, createBody(parent+"/e", nil, coord.Ephemeral))
	again.greet(greeting{session: c.session, pass: c.pass, timeout: resumed})
	if again.session != c.session || again.timeout != resumed {
		t.Errorf("%s: session %v with %v, not %v with %v", parent, again.session, again.timeout, c.session, resumed)
	}
}

package zkserver_test

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func TestRestartFromDiskKeepsNodesAndSessionsButNoWatches(t *testing.T) {
	srv, clk := startManual(t)
	c, other := connect(t, srv), dial(t, srv)
	other.greet(greeting{timeout: time.Second})
	c.want(wire.OK, wire.OpCreate, createBody("/p", []byte("x"), 0))
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	c.want(wire.OK, wire.OpGetData, readBody("/p", true))
	zxid := c.zxid
	clk.Advance(900 * time.Millisecond)
	srv.Restart(true)
	for _, gone := range []*raw{c, other} {
		if _, err := gone.in.Next(); err == nil {
			t.Error("a connection outlived the server")
		}
	}
	back := dial(t, srv)
	back.greet(greeting{last: zxid, session: c.session, pass: c.pass, timeout: 4 * time.Second})
	d := back.want(wire.OK, wire.OpExists, readBody("/e", false))
	if s := stat(&d); s.EphemeralOwner != c.session {
		t.Errorf("the node is %v's", s.EphemeralOwner)
	}
	back.want(wire.OK, wire.OpSetData, setBody("/p", nil, -1))
	if len(back.events) > 0 {
		t.Errorf("a watch outlived the server: %v", back.events)
	}
	// A session that nobody comes back for has its whole timeout once more.
	clk.Advance(900 * time.Millisecond)
	if n := len(srv.Sessions()); n != 2 {
		t.Errorf("%d sessions", n)
	}
	back.ping()
	clk.Advance(200 * time.Millisecond)
	if n := len(srv.Sessions()); n != 1 {
		t.Errorf("%d sessions in the end", n)
	}
}

func TestStoppedServerServesNobodyAndLetsNoSessionExpire(t *testing.T) {
	srv, clk := startManual(t)
	c, absent := connect(t, srv), dial(t, srv)
	absent.greet(greeting{timeout: time.Second})
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	srv.Stop()
	if _, err := c.in.Next(); err == nil {
		t.Error("a connection outlived the server")
	}
	wantRefused(t, srv)
	clk.Advance(time.Hour)
	srv.Advance(time.Hour)
	srv.Stop()
	if n := len(srv.Sessions()); n != 2 {
		t.Errorf("%d sessions", n)
	}
	srv.Restart(true)
	back := dial(t, srv)
	back.greet(greeting{last: c.zxid, session: c.session, pass: c.pass, timeout: 4 * time.Second})
	back.want(wire.OK, wire.OpExists, readBody("/e", false))
	clk.Advance(900 * time.Millisecond)
	if n := len(srv.Sessions()); n != 2 {
		t.Errorf("%d sessions, before the timeout of the one that is away is over", n)
	}
	clk.Advance(300 * time.Millisecond)
	if n := len(srv.Sessions()); n != 1 {
		t.Errorf("%d sessions in the end", n)
	}
}

func TestContainersGoAfterARestart(t *testing.T) {
	srv, clk := startManual(t)
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreateContainer, createBody("/c", nil, 4))
	c.want(wire.OK, wire.OpCreate, createBody("/c/n", nil, 0))
	c.want(wire.OK, wire.OpDelete, versionBody("/c/n", -1))
	srv.Stop()
	clk.Advance(time.Hour)
	srv.Restart(true)
	clk.Advance(time.Minute)
	back := dial(t, srv)
	back.greet(greeting{timeout: time.Second})
	back.want(wire.NoNode, wire.OpExists, readBody("/c", false))
}

func TestRestartWithoutDiskHasNothingButALaterZxid(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/p", nil, 0))
	zxid := c.zxid
	srv.Restart(false)
	back := dial(t, srv)
	if back.greet(greeting{last: zxid, session: c.session, pass: c.pass}); back.session != 0 {
		t.Error("a session outlived the disk")
	}
	fresh := dial(t, srv)
	fresh.greet(greeting{last: zxid, timeout: time.Second})
	fresh.want(wire.NoNode, wire.OpExists, readBody("/p", false))
	if fresh.zxid <= zxid {
		t.Errorf("the zxid went from %v to %v", zxid, fresh.zxid)
	}
	if fresh.session == c.session {
		t.Error("a session's id was used twice")
	}
}

func TestAdvanceExpiresWhoIsSilentInOrderOfTime(t *testing.T) {
	srv := start(t, zkserver.Config{})
	first, second, watcher := dial(t, srv), dial(t, srv), dial(t, srv)
	first.greet(greeting{timeout: 2 * time.Second})
	second.greet(greeting{timeout: 20 * time.Second})
	watcher.greet(greeting{timeout: 40 * time.Second})
	first.want(wire.OK, wire.OpCreate, createBody("/first", nil, coord.Ephemeral))
	second.want(wire.OK, wire.OpCreate, createBody("/second", nil, coord.Ephemeral))
	for _, path := range []string{"/first", "/second"} {
		watcher.want(wire.OK, wire.OpExists, readBody(path, true))
	}
	before := srv.Now()
	srv.Advance(30 * time.Second)
	if passed := srv.Now().Sub(before); passed < 30*time.Second {
		t.Errorf("the clock went on by %v", passed)
	}
	events := watcher.ping()
	if len(events) != 2 || events[0].Path != "/first" || events[1].Path != "/second" {
		t.Errorf("events %v", events)
	}
}

// TestALaterServerCountsOn: a client that has seen an earlier server's transactions is let in, however soon the next one starts.
func TestALaterServerCountsOn(t *testing.T) {
	var last coord.Zxid
	for range 100 {
		srv := start(t, zkserver.Config{})
		c := connect(t, srv)
		c.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
		if c.zxid <= last+2 { // its session and its node
			t.Fatalf("the node was made at %v, and the last server had got to %v", c.zxid, last)
		}
		last = c.zxid
	}
}

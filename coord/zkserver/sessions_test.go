package zkserver_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func TestSilentSessionExpiresBetweenItsTimeoutAndATickMore(t *testing.T) {
	srv, clk := startManual(t)
	quiet, other := dial(t, srv), dial(t, srv)
	quiet.greet(greeting{timeout: time.Second})
	other.greet(greeting{timeout: 4 * time.Second})
	quiet.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	other.want(wire.OK, wire.OpExists, readBody("/e", true))
	clk.Advance(999 * time.Millisecond)
	if events := other.ping(); len(events) > 0 {
		t.Fatalf("too early: %v", events)
	}
	clk.Advance(101 * time.Millisecond)
	if events := other.ping(); !slices.Equal(events, []coord.Event{{Type: coord.NodeDeleted, Path: "/e"}}) {
		t.Errorf("events %v", events)
	}
	other.want(wire.NoNode, wire.OpExists, readBody("/e", false))
	quiet.wantClosed()
	back := dial(t, srv)
	if back.greet(greeting{session: quiet.session, pass: quiet.pass}); back.session != 0 {
		t.Error("an expired session was taken up again")
	}
}

func TestEveryPacketKeepsTheSession(t *testing.T) {
	srv, clk := startManual(t)
	c := dial(t, srv)
	c.greet(greeting{timeout: time.Second})
	for range 5 {
		clk.Advance(900 * time.Millisecond)
		c.want(wire.NoNode, wire.OpExists, readBody("/none", false))
		clk.Advance(900 * time.Millisecond)
		c.ping()
	}
}

func TestAuthenticatingDoesNotKeepTheSession(t *testing.T) {
	for _, op := range []wire.Op{wire.OpAuth, wire.OpSASL} {
		srv, clk := startManual(t)
		c := dial(t, srv)
		c.greet(greeting{timeout: time.Second})
		clk.Advance(900 * time.Millisecond)
		body := authBody("digest", "ann:secret")
		if op == wire.OpSASL {
			body = wire.AppendBuffer(nil, []byte("token"))
		}
		c.want(wire.OK, op, body)
		clk.Advance(200 * time.Millisecond)
		c.wantClosed()
	}
}

func TestSessionOutlivesItsConnection(t *testing.T) {
	srv, clk := startManual(t)
	c, other := connect(t, srv), connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	_ = c.nc.Close()
	clk.Advance(3900 * time.Millisecond)
	other.want(wire.OK, wire.OpExists, readBody("/e", false))
	back := dial(t, srv)
	back.greet(greeting{session: c.session, pass: c.pass, timeout: 2 * time.Second})
	if back.session != c.session {
		t.Fatal("the session was refused")
	}
	// From here on the new timeout counts.
	clk.Advance(1900 * time.Millisecond)
	other.want(wire.OK, wire.OpExists, readBody("/e", false))
	clk.Advance(200 * time.Millisecond)
	other.want(wire.NoNode, wire.OpExists, readBody("/e", false))
}

func TestClosedSessionIsGoneBeforeTheReply(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/e1", nil, coord.Ephemeral))
	c.want(wire.OK, wire.OpCreate, createBody("/e2", nil, coord.Ephemeral))
	c.want(wire.OK, wire.OpClose, nil)
	zxid := c.zxid
	c.wantClosed()
	other.want(wire.NoNode, wire.OpExists, readBody("/e1", false))
	d := other.want(wire.OK, wire.OpExists, readBody("/", false))
	if s := stat(&d); s.Pzxid != zxid {
		t.Errorf("the nodes went at %v, the session at %v", s.Pzxid, zxid)
	}
	back := dial(t, srv)
	if back.greet(greeting{session: c.session, pass: c.pass}); back.session != 0 {
		t.Error("a closed session was taken up again")
	}
}

func TestTakeoverClosesTheOlderConnectionAndKeepsTheNodes(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	for range 5 {
		next := dial(t, srv)
		next.greet(greeting{session: c.session, pass: c.pass, timeout: 4 * time.Second})
		c.wantClosed()
		next.want(wire.OK, wire.OpExists, readBody("/e", false))
		c = next
	}
	// Curator kills sessions so.
	killer := dial(t, srv)
	killer.greet(greeting{session: c.session, pass: c.pass})
	killer.want(wire.OK, wire.OpClose, nil)
	c.wantClosed()
	if n := len(srv.Sessions()); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestConnectionWithoutSessionIsGivenUp(t *testing.T) {
	srv, clk := startManual(t)
	mute, half := dial(t, srv), dial(t, srv)
	half.sendBytes([]byte{0, 0})
	// The server has taken both connections in when it has answered a third.
	connect(t, srv).ping()
	clk.Advance(11 * time.Second)
	mute.wantClosed()
	half.wantClosed()
}

func TestConnectionsBeyondTheLimitAreClosed(t *testing.T) {
	srv := start(t, zkserver.Config{MaxConns: 2})
	first, second := connect(t, srv), connect(t, srv)
	wantRefused(t, srv)
	first.ping()
	second.ping()
}

func TestFaultExpiresASession(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	if !srv.ExpireSession(c.session) || srv.ExpireSession(c.session) {
		t.Error("a session expires once")
	}
	c.wantClosed()
	other.want(wire.NoNode, wire.OpExists, readBody("/e", false))
}

func TestFaultDropsConnectionsAndRefusesNewOnes(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	if n := srv.Drop(); n != 1 {
		t.Errorf("%d connections were dropped", n)
	}
	c.wantClosed()
	back := dial(t, srv)
	if back.greet(greeting{session: c.session, pass: c.pass}); back.session != c.session {
		t.Error("the session went with its connection")
	}
	srv.Refuse(true)
	srv.Drop()
	back.wantClosed()
	wantRefused(t, srv)
	srv.Refuse(false)
	again := dial(t, srv)
	if again.greet(greeting{session: c.session, pass: c.pass}); again.session != c.session {
		t.Error("the session went with the refusal")
	}
}

func TestCloseEndsEverythingAndMayBeRepeated(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, mute := connect(t, srv), dial(t, srv)
	for range 2 {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	}
	c.wantClosed()
	mute.wantClosed()
}

func TestCloseDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/big", make([]byte, 1<<19), 0))
	for range 64 {
		c.send(wire.OpGetData, readBody("/big", false))
	}
	other.ping()
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	other.wantClosed()
}

func TestConfigurationMistakesAreAllReported(t *testing.T) {
	_, err := zkserver.Start(zkserver.Config{TickTime: -1, MaxConns: -1, Zxid: -1, SuperDigest: "super:secret"})
	if err == nil {
		t.Fatal("it started")
	}
	for _, field := range []string{"TickTime", "MaxConns", "Zxid", "SuperDigest"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not in %q", field, err)
		}
	}
	for _, addr := range []string{":2181", "0.0.0.0:0", "192.0.2.1:2181", "127.0.0.1", "127.0.0.1:none"} {
		if srv, err := zkserver.Start(zkserver.Config{Addr: addr}); err == nil {
			t.Errorf("it listens on %q", addr)
			_ = srv.Close()
		}
	}
}

package zkserver_test

import (
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// inBubble runs a test in virtual time with a server and a way to connect to it.
func inBubble(t *testing.T, test func(t *testing.T, srv *zkserver.Server, dial func() *raw)) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := zkserver.New(zkserver.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		test(t, srv, func() *raw {
			client, server := net.Pipe()
			if err := srv.ServeConn(server); err != nil {
				t.Fatal(err)
			}
			c := newRaw(t, client)
			_ = client.SetDeadline(time.Now().Add(24 * time.Hour))
			return c
		})
	})
}

// wantSilence checks that nothing comes from the server for a while, not even the end.
func (c *raw) wantSilence(d time.Duration) {
	c.t.Helper()
	_ = c.nc.SetReadDeadline(time.Now().Add(d))
	if b, err := io.ReadAll(c.nc); len(b) > 0 || err == nil {
		c.t.Errorf("%q came, then %v", b, err)
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(24 * time.Hour))
}

func TestACutConnectionIsSilentAndWhatWasSentArrivesAfterHealing(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *zkserver.Server, dial func() *raw) {
		c, other := dial(), dial()
		c.greet(greeting{timeout: 10 * time.Second})
		other.greet(greeting{timeout: 20 * time.Second})
		c.want(wire.NoNode, wire.OpExists, readBody("/w", true))
		if n := srv.Cut(zkserver.Session(c.session)); n != 1 {
			t.Errorf("%d connections were cut", n)
		}
		other.want(wire.OK, wire.OpCreate, createBody("/w", nil, 0))
		xid := c.send(wire.OpCreate, createBody("/late", nil, 0))
		c.wantSilence(5 * time.Second)
		other.want(wire.NoNode, wire.OpExists, readBody("/late", false))
		if n := srv.Heal(zkserver.Session(c.session)); n != 1 {
			t.Errorf("%d connections were healed", n)
		}
		got, code, _ := c.reply()
		if got != xid || code != wire.OK || !slices.Equal(c.events, []coord.Event{{Type: coord.NodeCreated, Path: "/w"}}) {
			t.Errorf("reply %d, code %d, events %v", got, code, c.events)
		}
	})
}

func TestASessionThatIsCutExpiresAndItsClientLearnsOfItAfterHealing(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *zkserver.Server, dial func() *raw) {
		c := dial()
		c.greet(greeting{timeout: 10 * time.Second})
		srv.Cut()
		c.wantSilence(time.Minute)
		if n := len(srv.Sessions()); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
		stranger := dial()
		stranger.sendPacket(greeting{timeout: time.Second}.append(nil))
		stranger.wantSilence(time.Minute)
		if n := srv.Heal(); n != 2 {
			t.Errorf("%d connections were healed", n)
		}
		c.wantClosed()
		if stranger.readGreeting(); stranger.session == 0 {
			t.Error("the connect request was lost")
		}
	})
}

func TestAClientWhoseSessionIsCutStaysCutOffOnAnotherConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *zkserver.Server, dial func() *raw) {
		c, other := dial(), dial()
		c.greet(greeting{timeout: 20 * time.Second})
		other.greet(greeting{timeout: 20 * time.Second})
		srv.Cut(zkserver.Session(c.session))
		back := dial()
		back.sendPacket(greeting{session: c.session, pass: c.pass, timeout: 20 * time.Second}.append(nil))
		back.wantSilence(5 * time.Second)
		other.ping()
		srv.Heal(zkserver.Session(c.session))
		if back.readGreeting(); back.session != c.session {
			t.Error("the session was refused")
		}
		c.wantClosed()
		back.ping()
	})
}

func TestCloseDoesNotWaitForCutConnections(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *zkserver.Server, dial func() *raw) {
		c := dial()
		c.greet(greeting{timeout: 10 * time.Second})
		srv.Cut()
		c.send(wire.OpCreate, createBody("/late", nil, 0))
		synctest.Wait()
		before := time.Now()
		if err := srv.Close(); err != nil || time.Since(before) > time.Second {
			t.Errorf("%v after %v", err, time.Since(before))
		}
		c.wantClosed()
	})
}

func TestRefusedForAWhileAndThenNoMore(t *testing.T) {
	srv, clk := startManual(t)
	c := connect(t, srv)
	srv.RefuseFor(time.Second)
	wantRefused(t, srv)
	c.ping() // open connections stay
	clk.Advance(time.Second)
	connect(t, srv).ping()
}

func TestMovedSessionIsToldSoAndCanBeTakenUpAgain(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	if !srv.MoveSession(c.session) || srv.MoveSession(c.session) {
		t.Error("a session moves away from a connection once")
	}
	c.want(-118, wire.OpGetData, readBody("/e", false))
	c.wantClosed()
	back := dial(t, srv)
	back.greet(greeting{session: c.session, pass: c.pass, timeout: time.Second})
	back.want(wire.OK, wire.OpGetData, readBody("/e", false))
}

func TestResetAndDropMeanThoseThatAreNamed(t *testing.T) {
	srv := start(t, zkserver.Config{})
	a, b, c := connect(t, srv), connect(t, srv), connect(t, srv)
	if n := srv.Reset(zkserver.Session(a.session), zkserver.Peer(b.nc.LocalAddr().String())); n != 2 {
		t.Errorf("%d connections were reset", n)
	}
	for _, gone := range []*raw{a, b} {
		if _, err := gone.in.Next(); err == nil {
			t.Error("a connection that was reset goes on")
		}
	}
	c.ping()
	if n := srv.Drop(); n != 1 {
		t.Errorf("%d connections were dropped", n)
	}
	c.wantClosed()
}

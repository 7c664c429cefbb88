package zkserver_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func TestTimeoutIsNegotiatedWithinTheBounds(t *testing.T) {
	srv := start(t, zkserver.Config{TickTime: 100 * time.Millisecond, MaxTimeout: 2 * time.Second})
	for asked, granted := range map[time.Duration]time.Duration{
		0:                       200 * time.Millisecond,
		-5 * time.Second:        200 * time.Millisecond,
		199 * time.Millisecond:  200 * time.Millisecond,
		1234 * time.Millisecond: 1234 * time.Millisecond,
		time.Hour:               2 * time.Second,
	} {
		c := dial(t, srv)
		if c.greet(greeting{timeout: asked}); c.timeout != granted {
			t.Errorf("asked for %v, got %v, not %v", asked, c.timeout, granted)
		}
	}
}

func TestReadOnlyFieldIsAnsweredOnlyIfSent(t *testing.T) {
	srv := start(t, zkserver.Config{})
	yes := true
	if n := dial(t, srv).greet(greeting{}); n != 36 {
		t.Errorf("without: %d bytes", n)
	}
	if n := dial(t, srv).greet(greeting{readOnly: &yes}); n != 37 {
		t.Errorf("with: %d bytes", n)
	}
}

func TestNewSessionHasIdAndPasswordWhateverPasswordCame(t *testing.T) {
	srv := start(t, zkserver.Config{})
	seen := map[coord.SessionID]bool{}
	for _, pass := range [][]byte{nil, {}, make([]byte, 16), []byte("something else")} {
		c := dial(t, srv)
		c.greet(greeting{pass: pass})
		if c.session <= 0 || seen[c.session] || len(c.pass) != wire.PasswordSize {
			t.Errorf("password %q: session %v, password %v", pass, c.session, c.pass)
		}
		seen[c.session] = true
	}
}

func TestSessionIsTakenUpAgainWithItsPassword(t *testing.T) {
	srv := start(t, zkserver.Config{TickTime: 100 * time.Millisecond})
	old := connect(t, srv)
	old.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	fresh := dial(t, srv)
	fresh.greet(greeting{session: old.session, pass: old.pass, timeout: time.Second, last: old.zxid})
	if fresh.session != old.session || !bytes.Equal(fresh.pass, old.pass) || fresh.timeout != time.Second {
		t.Errorf("got session %v, timeout %v", fresh.session, fresh.timeout)
	}
	old.wantClosed()
	d := fresh.want(wire.OK, wire.OpExists, readBody("/e", false))
	if s := stat(&d); s.EphemeralOwner != old.session {
		t.Errorf("the node is owned by %v", s.EphemeralOwner)
	}
}

func TestRefusedSessionGetsZerosAndIsClosed(t *testing.T) {
	srv := start(t, zkserver.Config{})
	live := connect(t, srv)
	no := false
	for name, g := range map[string]greeting{
		"unknown":        {session: 12345, pass: live.pass},
		"wrong password": {session: live.session, pass: make([]byte, 16), readOnly: &no},
		"no password":    {session: live.session},
	} {
		c := dial(t, srv)
		c.greet(g)
		if c.session != 0 || c.timeout != 0 || !bytes.Equal(c.pass, make([]byte, 16)) {
			t.Errorf("%s: session %v, timeout %v, password %v", name, c.session, c.timeout, c.pass)
		}
		c.wantClosed()
	}
	// Even the wrong password has cost the live client its connection, as on a real server; the session still stands.
	live.wantClosed()
	again := dial(t, srv)
	if again.greet(greeting{session: live.session, pass: live.pass}); again.session != live.session {
		t.Error("the session is gone")
	}
}

func TestClientFromTheFutureIsClosedWithoutAnswer(t *testing.T) {
	srv := start(t, zkserver.Config{Zxid: 1000})
	c := dial(t, srv)
	c.sendPacket(greeting{last: 1001}.append(nil))
	c.wantClosed()
	if c := dial(t, srv); c.greet(greeting{last: 1000}) == 0 || c.session == 0 {
		t.Error("a client that has seen the last state was refused")
	}
}

func TestServerStartedAnewIsAheadOfTheOneBefore(t *testing.T) {
	first := start(t, zkserver.Config{})
	c := connect(t, first)
	for range 1000 {
		c.want(wire.NoNode, wire.OpDelete, versionBody("/none", -1))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, zkserver.Config{})
	back := dial(t, second)
	if back.greet(greeting{session: c.session, pass: c.pass, last: c.zxid}); back.session != 0 {
		t.Errorf("session %v lives on", back.session)
	}
	if fresh := connect(t, second); fresh.session == c.session {
		t.Error("a session id was used again")
	}
}

func TestRequestsBehindTheGreetingAreAnsweredAfterIt(t *testing.T) {
	c := dial(t, start(t, zkserver.Config{}))
	b := wire.AppendBuffer(nil, greeting{timeout: time.Second}.append(nil))
	ping := wire.AppendInt32(wire.AppendInt32(nil, wire.XidPing), int32(wire.OpPing))
	c.sendBytes(wire.AppendBuffer(wire.AppendBuffer(b, ping), ping))
	if c.readGreeting(); c.session == 0 {
		t.Error("no session")
	}
	for range 2 {
		if xid, code, _ := c.reply(); xid != wire.XidPing || code != wire.OK {
			t.Errorf("xid %d, code %d", xid, code)
		}
	}
}

func TestPingIsAnsweredWithItsOwnXid(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.sendAs(77, wire.OpPing, nil)
	if xid, code, _ := c.reply(); xid != wire.XidPing || code != wire.OK {
		t.Errorf("xid %d, code %d", xid, code)
	}
}

func TestUnknownOperationIsSaidToBeAndEndsTheConnection(t *testing.T) {
	srv := start(t, zkserver.Config{})
	for _, op := range []wire.Op{0, 10, -10, 9999} {
		c := connect(t, srv)
		c.want(wire.Unimplemented, op, nil)
		c.wantClosed()
	}
}

func TestUndecodableBodyIsAnsweredAndTheConnectionLivesOn(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	for _, op := range []wire.Op{
		wire.OpCreate, wire.OpDelete, wire.OpExists, wire.OpGetData, wire.OpSetData, wire.OpGetACL, wire.OpSetACL, wire.OpGetChildren,
		wire.OpSync, wire.OpGetChildren2, wire.OpCheck, wire.OpMulti, wire.OpCreate2, wire.OpSetWatches, wire.OpAddWatch, wire.OpCreateTTL, wire.OpMultiRead,
	} {
		c.want(wire.MarshallingError, op, []byte{0, 0})
		c.want(wire.MarshallingError, op, wire.AppendInt32(nil, -2))
	}
	c.ping()
}

func TestFrameThatIsNoneEndsItsConnectionAlone(t *testing.T) {
	srv := start(t, zkserver.Config{})
	bystander := connect(t, srv)
	for name, b := range map[string][]byte{
		"negative":      wire.AppendInt32(nil, -1),
		"over limit":    wire.AppendInt32(nil, wire.MaxPacket+1),
		"short":         {0, 0, 0, 3, 1, 2, 3},
		"empty":         {0, 0, 0, 0},
		"text":          []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"word too late": []byte("ruok"),
	} {
		t.Run(name, func(t *testing.T) {
			if name != "word too late" {
				c := dial(t, srv)
				c.sendBytes(b)
				c.wantClosed()
			}
			c := connect(t, srv)
			c.sendBytes(b)
			c.wantClosed()
		})
	}
	bystander.ping()
}

func TestLongestFrameIsTaken(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpCreate, createBody("/big", nil, coord.Persistent))
	frame := 8 + len(setBody("/big", nil, -1))
	data := bytes.Repeat([]byte{'x'}, wire.MaxPacket-frame)
	c.want(wire.OK, wire.OpSetData, setBody("/big", data, -1))
	d := c.want(wire.OK, wire.OpGetData, readBody("/big", false))
	if got := d.Buffer(); !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back of %d", len(got), len(data))
	}
	c.sendBytes(wire.AppendInt32(nil, wire.MaxPacket+1))
	c.wantClosed()
}

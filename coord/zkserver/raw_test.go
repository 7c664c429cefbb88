package zkserver_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// patience bounds every wait of these tests. It is never waited for in vain when all is well.
const patience = 30 * time.Second

// start starts a server that is closed with the test.
func start(t testing.TB, cfg zkserver.Config) *zkserver.Server {
	t.Helper()
	srv, err := zkserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv
}

// startManual starts a server with ticks of 100 ms on a clock that the test moves.
func startManual(t testing.TB) (*zkserver.Server, *clock.Manual) {
	clk := clock.NewManual(1_000_000_000)
	return start(t, zkserver.Config{TickTime: 100 * time.Millisecond, Clock: clk, Zxid: 0x100000000}), clk
}

// raw is a client that knows nothing but bytes.
type raw struct {
	t       testing.TB
	nc      net.Conn
	in      *wire.Reader
	xid     int32
	session coord.SessionID
	pass    []byte
	timeout time.Duration
	events  []coord.Event // that came before the last reply
	zxid    coord.Zxid    // of the last reply
}

func dial(t testing.TB, srv *zkserver.Server) *raw {
	t.Helper()
	return dialAddr(t, srv.Addr())
}

func dialAddr(t testing.TB, addr string) *raw {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return newRaw(t, nc)
}

func newRaw(t testing.TB, nc net.Conn) *raw {
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &raw{t: t, nc: nc, in: wire.NewReader(nc, 64<<20)}
}

// connect dials and opens a session of 4 s.
func connect(t testing.TB, srv *zkserver.Server) *raw {
	t.Helper()
	c := dial(t, srv)
	c.greet(greeting{timeout: 4 * time.Second})
	if c.session == 0 {
		t.Fatal("no session")
	}
	return c
}

// greeting is a connect request; nil readOnly leaves the field out.
type greeting struct {
	last     coord.Zxid
	timeout  time.Duration
	session  coord.SessionID
	pass     []byte
	readOnly *bool
}

func (g greeting) append(b []byte) []byte {
	b = wire.AppendInt32(b, 0)
	b = wire.AppendInt64(b, int64(g.last))
	b = wire.AppendInt32(b, int32(g.timeout/time.Millisecond))
	b = wire.AppendInt64(b, int64(g.session))
	b = wire.AppendBuffer(b, g.pass)
	if g.readOnly != nil {
		b = wire.AppendBool(b, *g.readOnly)
	}
	return b
}

// greet sends the greeting, keeps what is granted, and returns the reply's length.
func (c *raw) greet(g greeting) int {
	c.t.Helper()
	c.sendPacket(g.append(nil))
	return c.readGreeting()
}

func (c *raw) readGreeting() int {
	c.t.Helper()
	packet, err := c.in.Next()
	if err != nil {
		c.t.Fatalf("no answer to the connect request: %v", err)
	}
	d := wire.NewDecoder(packet)
	if version := d.Int32(); version != 0 {
		c.t.Errorf("protocol version %d", version)
	}
	c.timeout = time.Duration(d.Int32()) * time.Millisecond
	c.session = coord.SessionID(d.Int64())
	c.pass = append([]byte(nil), d.Buffer()...)
	if d.Err() != nil {
		c.t.Fatal(d.Err())
	}
	return len(packet)
}

func (c *raw) sendPacket(body []byte) {
	c.t.Helper()
	c.sendBytes(wire.AppendBuffer(nil, append([]byte{}, body...)))
}

func (c *raw) sendBytes(b []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// send sends a request and returns its xid.
func (c *raw) send(op wire.Op, body []byte) int32 {
	c.t.Helper()
	c.xid++
	c.sendAs(c.xid, op, body)
	return c.xid
}

func (c *raw) sendAs(xid int32, op wire.Op, body []byte) {
	c.t.Helper()
	c.sendPacket(append(wire.AppendInt32(wire.AppendInt32(nil, xid), int32(op)), body...))
}

// reply reads until the next reply, and keeps the events before it. The body is the caller's.
func (c *raw) reply() (xid int32, code wire.Code, body wire.Decoder) {
	c.t.Helper()
	c.events = nil
	for {
		packet, err := c.in.Next()
		if err != nil {
			c.t.Fatalf("no reply: %v", err)
		}
		d := wire.NewDecoder(append([]byte(nil), packet...))
		xid, zxid, code := d.Int32(), coord.Zxid(d.Int64()), wire.Code(d.Int32())
		if xid != wire.XidEvent {
			if code != wire.OK && d.More() {
				c.t.Errorf("outcome %d came with a body", code)
			}
			c.zxid = zxid
			return xid, code, d
		}
		c.events = append(c.events, c.event(zxid, code, &d))
	}
}

func (c *raw) event(zxid coord.Zxid, code wire.Code, d *wire.Decoder) coord.Event {
	c.t.Helper()
	e := coord.Event{Type: coord.EventType(d.Int32())}
	state := d.Int32()
	e.Path = d.String()
	if zxid != -1 || code != wire.OK || state != wire.SyncConnected || d.Err() != nil || d.More() {
		c.t.Errorf("event %+v with zxid %d, code %d, state %d, error %v", e, zxid, code, state, d.Err())
	}
	return e
}

// awaitEvent reads an event where no reply is under way.
func (c *raw) awaitEvent() coord.Event {
	c.t.Helper()
	packet, err := c.in.Next()
	if err != nil {
		c.t.Fatalf("no event: %v", err)
	}
	d := wire.NewDecoder(append([]byte(nil), packet...))
	if xid := d.Int32(); xid != wire.XidEvent {
		c.t.Fatalf("not an event, but the reply %d", xid)
	}
	return c.event(coord.Zxid(d.Int64()), wire.Code(d.Int32()), &d)
}

// call sends a request and reads its reply.
func (c *raw) call(op wire.Op, body []byte) (wire.Code, wire.Decoder) {
	c.t.Helper()
	sent := c.send(op, body)
	xid, code, d := c.reply()
	if xid != sent {
		c.t.Fatalf("the reply to request %d has xid %d", sent, xid)
	}
	return code, d
}

// want makes a call that must have that outcome.
func (c *raw) want(code wire.Code, op wire.Op, body []byte) wire.Decoder {
	c.t.Helper()
	got, d := c.call(op, body)
	if got != code {
		c.t.Errorf("operation %d: code %d, not %d", op, got, code)
	}
	return d
}

// ping makes sure that everything sent to this client so far has arrived, and returns the events among it.
func (c *raw) ping() []coord.Event {
	c.t.Helper()
	c.sendAs(wire.XidPing, wire.OpPing, nil)
	if xid, code, _ := c.reply(); xid != wire.XidPing || code != wire.OK {
		c.t.Errorf("ping: xid %d, code %d", xid, code)
	}
	return c.events
}

// wantClosed checks that the server closes the connection and sends nothing more.
func (c *raw) wantClosed() {
	c.t.Helper()
	b, err := io.ReadAll(c.nc)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatal("the connection is still open")
	}
	if len(b) > 0 {
		c.t.Errorf("before the connection was closed came %q", b)
	}
}

// wantRefused checks that a new connection gets no answer. The reset may come before or after the dialling has ended.
func wantRefused(t testing.TB, srv *zkserver.Server) {
	t.Helper()
	nc, err := net.Dial("tcp", srv.Addr())
	if err == nil {
		newRaw(t, nc).wantClosed()
	}
}

// The records of requests.

var openACL = []coord.ACL{{Perms: coord.PermAll, Scheme: "world", ID: "anyone"}}

func createBody(path string, data []byte, flags coord.CreateMode, acl ...coord.ACL) []byte {
	if acl == nil {
		acl = openACL
	}
	b := wire.AppendBuffer(wire.AppendString(nil, path), data)
	return wire.AppendInt32(wire.AppendACLs(b, acl), int32(flags))
}

func readBody(path string, watch bool) []byte {
	return wire.AppendBool(wire.AppendString(nil, path), watch)
}

func versionBody(path string, version int32) []byte {
	return wire.AppendInt32(wire.AppendString(nil, path), version)
}

func setBody(path string, data []byte, version int32) []byte {
	return wire.AppendInt32(wire.AppendBuffer(wire.AppendString(nil, path), data), version)
}

func part(op wire.Op, body []byte) []byte {
	b := wire.AppendInt32(wire.AppendBool(wire.AppendInt32(nil, int32(op)), false), -1)
	return append(b, body...)
}

func multiBody(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return wire.AppendMultiEnd(b)
}

// stat reads a Stat.
func stat(d *wire.Decoder) coord.Stat {
	return coord.Stat{
		Czxid: coord.Zxid(d.Int64()), Mzxid: coord.Zxid(d.Int64()), Ctime: d.Int64(), Mtime: d.Int64(),
		Version: d.Int32(), Cversion: d.Int32(), Aversion: d.Int32(), EphemeralOwner: coord.SessionID(d.Int64()),
		DataLength: d.Int32(), NumChildren: d.Int32(), Pzxid: coord.Zxid(d.Int64()),
	}
}

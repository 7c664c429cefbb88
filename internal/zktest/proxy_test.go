package zktest

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// patience is the bound on everything that should happen soon.
const patience = 30 * time.Second

// startEcho runs a server that answers every frame with the same frame.
func startEcho(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func frame(xid int32) []byte {
	b := binary.BigEndian.AppendUint32(nil, 4)
	return binary.BigEndian.AppendUint32(b, uint32(xid))
}

func send(t *testing.T, conn net.Conn, xid int32) {
	t.Helper()
	if _, err := conn.Write(frame(xid)); err != nil {
		t.Fatal(err)
	}
}

func receive(conn net.Conn) (int32, error) {
	var b [8]byte
	_, err := io.ReadFull(conn, b[:])
	return int32(binary.BigEndian.Uint32(b[4:])), err
}

func expect(t *testing.T, conn net.Conn, want int32) {
	t.Helper()
	if got, err := receive(conn); err != nil || got != want {
		t.Fatalf("received %d, %v; want %d", got, err, want)
	}
}

func TestProxyHoldsBackWhatIsCutUntilHealed(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	conn := dial(t, p.Addr())
	send(t, conn, 1)
	expect(t, conn, 1)
	for _, d := range []Direction{ToServer, ToClient, Both} {
		p.Cut(d)
		send(t, conn, 2)
		silent := make(chan error, 1)
		go func() {
			_, err := receive(conn)
			silent <- err
		}()
		select {
		case err := <-silent:
			t.Fatalf("an answer passed a link that is cut (%v): %v", d, err)
		default:
		}
		p.Heal()
		if err := <-silent; err != nil {
			t.Fatalf("after healing: %v", err)
		}
	}
}

func TestProxyLosesTheNextReplyAndNoPing(t *testing.T) {
	testLoss(t, (*Proxy).LoseReply)
}

func TestProxyLosesTheNextRequestAndNoPing(t *testing.T) {
	testLoss(t, (*Proxy).LoseRequest)
}

func testLoss(t *testing.T, lose func(*Proxy)) {
	p := StartProxy(t, startEcho(t))
	conn := dial(t, p.Addr())
	send(t, conn, 0)
	expect(t, conn, 0)
	lose(p)
	send(t, conn, -2)
	expect(t, conn, -2)
	send(t, conn, 7)
	if got, err := receive(conn); err == nil {
		t.Fatalf("received %d, which should have been lost", got)
	}
	again := dial(t, p.Addr())
	send(t, again, 0)
	expect(t, again, 0)
	send(t, again, 8)
	expect(t, again, 8)
	if got := p.Connections(); got != 2 {
		t.Fatalf("%d connections were counted, want 2", got)
	}
}

func TestProxyRefusesAndAcceptsAgain(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	p.Refuse()
	if conn, err := net.Dial("tcp4", p.Addr()); err == nil {
		conn.Close()
		t.Fatal("a connection was accepted")
	}
	if err := p.Accept(); err != nil {
		t.Fatal(err)
	}
	conn := dial(t, p.Addr())
	send(t, conn, 1)
	expect(t, conn, 1)
	p.Reset()
	if got, err := receive(conn); err == nil {
		t.Fatalf("received %d on a connection that was reset", got)
	}
}

func TestProxyClosesWhileEverythingIsStalled(t *testing.T) {
	p := StartProxy(t, startEcho(t))
	conn := dial(t, p.Addr())
	p.Cut(Both)
	p.Delay(time.Hour)
	send(t, conn, 1)
	p.Close()
	p.Close()
	if _, err := receive(conn); err == nil {
		t.Fatal("the connection outlived the proxy")
	}
}

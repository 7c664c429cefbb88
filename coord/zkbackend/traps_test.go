package zkbackend_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/internal/zktest"
)

// patience bounds what must happen soon in real time.
const patience = time.Minute

// badServers are what else may be found at a server's address.
var badServers = map[string]func(net.Conn){
	"silent":              func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	"not reading":         func(net.Conn) {},
	"half a handshake":    func(c net.Conn) { answerWith(c, "\x00\x00\x00\x24\x00\x00\x00") },
	"no handshake's size": func(c net.Conn) { answerWith(c, "HTTP/1.1 400 Bad Request\r\n\r\n") },
	"empty answer":        func(c net.Conn) { answerWith(c, "\x00\x00\x00\x00") },
	"closing at once":     func(c net.Conn) { _ = c.Close() },
	"closing when asked":  func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)); _ = c.Close() },
}

// answerWith reads what comes, and answers the first of it with that.
func answerWith(c net.Conn, answer string) {
	buf := make([]byte, 1024)
	if _, err := c.Read(buf); err == nil {
		_, _ = io.WriteString(c, answer)
	}
	_, _ = io.Copy(io.Discard, c)
}

// network is a name for each server, and counts how often they are dialled.
type network struct {
	servers map[string]func(context.Context) (net.Conn, error)
	dials   atomic.Int64
}

func (n *network) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.dials.Add(1)
	return n.servers[addr](ctx)
}

// bad returns a way to a server that behaves like that. Its goroutine ends with the connection, or with the test.
func bad(t testing.TB, serve func(net.Conn)) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		t.Cleanup(func() { _ = server.Close() })
		go serve(server)
		return client, nil
	}
}

func mustOpen(t testing.TB, b coord.Backend) coord.Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := b.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustClose(t testing.TB, s coord.Session) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// await waits until the session is in that state.
func await(t testing.TB, s coord.Session, want coord.State) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		state, changed := s.State()
		if state == want {
			return
		}
		if state.Final() {
			t.Fatalf("the session is %v, it should become %v", state, want)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("the session is still %v, it should become %v", state, want)
		}
	}
}

func TestBadServersInTheListDoNotCostTheSession(t *testing.T) {
	for what, serve := range badServers {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newPiped(t)
				n := &network{servers: map[string]func(context.Context) (net.Conn, error){
					"good:1": server.dial, "bad:1": bad(t, serve), "bad:2": bad(t, serve),
				}}
				s := mustOpen(t, newBackend(t, zkbackend.Config{
					Servers: []string{"bad:1", "good:1", "bad:2"}, SessionTimeout: sessionTimeout, Dial: n.dial,
				}))
				for range 5 {
					await(t, s, coord.Connected)
					began := time.Now()
					s.Reconnect()
					await(t, s, coord.Connected)
					if took := time.Since(began); took > sessionTimeout/2 {
						t.Errorf("it took %v to come back, half the timeout is %v", took, sessionTimeout/2)
					}
				}
				mustClose(t, s)
			})
		})
	}
}

func TestOpenNamesTheServersAndTheLastFailure(t *testing.T) {
	for what, want := range map[string]string{
		"silent":              "silent",
		"half a handshake":    "silent",
		"no handshake's size": "does not speak ZooKeeper's protocol",
		"empty answer":        "does not speak ZooKeeper's protocol",
		"closing at once":     "bad:1",
		"closing when asked":  "closed the connection during the handshake",
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{servers: map[string]func(context.Context) (net.Conn, error){"bad:1": bad(t, badServers[what])}}
				b := newBackend(t, zkbackend.Config{Servers: []string{"bad:1"}, SessionTimeout: sessionTimeout, Dial: n.dial})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := b.Open(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "bad:1") {
					t.Errorf("Open: got %v, want it to say %q", err, want)
				}
				if n := n.dials.Load(); n < 5 || n > 200 {
					t.Errorf("%d dials in ten seconds", n)
				}
			})
		})
	}
}

func TestOpenNamesARefusal(t *testing.T) {
	server := startEmbedded(t)
	proxy := zktest.StartProxy(t, server.Addr())
	proxy.Refuse()
	ctx, cancel := context.WithCancel(t.Context())
	b := newBackend(t, zkbackend.Config{Servers: proxy.Addrs(), Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		defer cancel()
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}})
	_, err := b.Open(ctx)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), proxy.Addr()) {
		t.Errorf("Open: got %v", err)
	}
}

func TestServerThatDropsEveryConnectionIsNotDialledInALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(t)
		var n *network
		drop := false
		n = &network{servers: map[string]func(context.Context) (net.Conn, error){"flapping:1": func(ctx context.Context) (net.Conn, error) {
			conn, err := server.dial(ctx)
			if drop {
				time.AfterFunc(time.Millisecond, func() { server.Drop() }) // after the handshake
			}
			return conn, err
		}}}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{"flapping:1"}, SessionTimeout: sessionTimeout, Dial: n.dial}))
		drop = true
		n.dials.Store(0)
		s.Reconnect()
		time.Sleep(time.Minute)
		if got := n.dials.Load(); got < 100 || got > 1000 {
			t.Errorf("%d dials in a minute", got)
		}
		mustClose(t, s)
	})
}

func TestConnectionLostAfterServiceIsMadeAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(t)
		n := &network{servers: map[string]func(context.Context) (net.Conn, error){"good:1": server.dial}}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{"good:1"}, SessionTimeout: sessionTimeout, Dial: n.dial}))
		for range 10 {
			if err := s.Sync(t.Context(), "/"); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, lost := s.State()
			server.Drop()
			<-lost
			await(t, s, coord.Connected)
			if took := time.Since(began); took != 0 {
				t.Errorf("%v went by, on a clock that stands still while anything runs", took)
			}
		}
		mustClose(t, s)
	})
}

func TestExpiredSessionDialsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(t)
		n := &network{servers: map[string]func(context.Context) (net.Conn, error){"good:1": server.dial}}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{"good:1"}, SessionTimeout: sessionTimeout, Dial: n.dial}))
		if !server.ExpireSession(s.ID()) {
			t.Fatal("the server does not know the session")
		}
		await(t, s, coord.Expired)
		before := n.dials.Load()
		for range 100 {
			s.Reconnect()
			if _, err := s.Create(t.Context(), "/ghost", nil, coord.Ephemeral); !errors.Is(err, coord.ErrSessionExpired) {
				t.Fatalf("create: %v", err)
			}
			time.Sleep(time.Second)
		}
		if after := n.dials.Load(); after != before {
			t.Errorf("%d dials after expiry", after-before)
		}
		if left := server.Sessions(); len(left) != 0 {
			t.Errorf("sessions %v were opened in its place", left)
		}
		mustClose(t, s)
	})
}

func TestSilentServerIsLeftForAnotherBeforeExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newPiped(t)
		first, second := server.proxy(t), server.proxy(t)
		dial := func(p *zktest.Proxy) func(context.Context) (net.Conn, error) {
			return func(ctx context.Context) (net.Conn, error) { return p.Dial(ctx, "", "") }
		}
		n := &network{servers: map[string]func(context.Context) (net.Conn, error){"a:1": dial(first), "b:1": dial(second)}}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{"a:1", "b:1"}, SessionTimeout: sessionTimeout, Dial: n.dial}))
		path, err := s.Create(t.Context(), "/e", nil, coord.Ephemeral)
		if err != nil {
			t.Fatal(err)
		}
		// Each is silent in turn, and the session goes on at the other.
		for _, silent := range []*zktest.Proxy{first, second, first, second} {
			silent.Cut(zktest.Both)
			for s.Reconnect(); ; {
				await(t, s, coord.Connected)
				time.Sleep(sessionTimeout) // in which a silent server would have been noticed
				if state, _ := s.State(); state == coord.Connected {
					break
				}
			}
			if _, _, err := s.Exists(t.Context(), path, false); err != nil {
				t.Fatal(err)
			}
			silent.Heal()
		}
		mustClose(t, s)
	})
}

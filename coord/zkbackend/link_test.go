package zkbackend_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/internal/zktest"
)

// These tests disturb the link to a server over TCP: the embedded one, and a real one.

// awaitGone waits until nobody sees the node.
func awaitGone(t *testing.T, calm coord.Session, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, w, err := calm.Exists(ctx, path, true)
		if errors.Is(err, coord.ErrNoNode) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-w.Done():
		case <-ctx.Done():
			t.Fatalf("%s is still there", path)
		}
	}
}

func TestCloseJustAfterADisconnectStillEndsTheSession(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		calm := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}}))
		defer mustClose(t, calm)
		proxy := zktest.StartProxy(t, addr)
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: proxy.Addrs(), SessionTimeout: time.Minute}))
		path, err := s.Create(t.Context(), "/e", nil, coord.Ephemeral)
		if err != nil {
			t.Fatal(err)
		}
		proxy.Refuse()
		proxy.Reset()
		await(t, s, coord.Suspended)
		closed := make(chan error, 1)
		go func() { closed <- s.Close(t.Context()) }()
		if err := proxy.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := calm.Sync(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := calm.Exists(t.Context(), path, false); !errors.Is(err, coord.ErrNoNode) {
			t.Errorf("the session's node: %v", err)
		}
	})
}

func TestSessionThatExpiredWhileCutOffDialsNoMore(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		calm := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}, SessionTimeout: longTimeout}))
		defer mustClose(t, calm)
		proxy := zktest.StartProxy(t, addr)
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: proxy.Addrs(), SessionTimeout: sessionTimeout}))
		path, err := s.Create(t.Context(), "/e", nil, coord.Ephemeral)
		if err != nil {
			t.Fatal(err)
		}
		proxy.Cut(zktest.Both)
		awaitGone(t, calm, path)
		if state, _ := s.State(); state.Final() {
			t.Errorf("%v, which it cannot know while it is cut off", state)
		}
		proxy.Heal()
		await(t, s, coord.Expired)
		before := proxy.Connections()
		s.Reconnect()
		if _, err := s.Create(t.Context(), "/ghost", nil, coord.Ephemeral); !errors.Is(err, coord.ErrSessionExpired) {
			t.Errorf("create: %v", err)
		}
		mustClose(t, s) // waits for all that could still dial
		if after := proxy.Connections(); after != before {
			t.Errorf("%d connections were made after expiry", after-before)
		}
		if _, _, err := calm.Exists(t.Context(), "/ghost", false); !errors.Is(err, coord.ErrNoNode) {
			t.Errorf("the expired session's node: %v", err)
		}
	})
}

func TestMuteServersInTheListAreGotPastOverTCP(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		servers := []string{addr}
		for range 2 {
			mute, err := net.Listen("tcp4", "127.0.0.1:0") // the kernel accepts, and nobody answers
			if err != nil {
				t.Fatal(err)
			}
			defer mute.Close()
			servers = append(servers, mute.Addr().String())
		}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: servers, SessionTimeout: sessionTimeout}))
		path, err := s.Create(t.Context(), "/e", nil, coord.Ephemeral)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, lost := s.State()
			s.Reconnect()
			<-lost
			await(t, s, coord.Connected)
		}
		if stat, _, err := s.Exists(t.Context(), path, false); err != nil || stat.EphemeralOwner != s.ID() {
			t.Errorf("the session's node: %+v, %v", stat, err)
		}
		mustClose(t, s)
	})
}

func TestWatchesThatAreGivenUpOrFiredLeaveNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, addr string) {
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}, SessionTimeout: longTimeout}))
		defer mustClose(t, s)
		churn(t, s, 200)
		before := heap()
		churn(t, s, 3000)
		// A channel for each watch that was given up or fired would make a megabyte and more.
		if after := heap(); after > before+512<<10 {
			t.Errorf("the heap grew from %d to %d bytes", before, after)
		}
	})
}

// churn has watches fire, and asks again for one that does not.
func churn(t *testing.T, s coord.Session, rounds int) {
	t.Helper()
	ctx := t.Context()
	_, still, err := s.Exists(ctx, "/zookeeper", true)
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		_, created, err := s.Exists(ctx, "/n", true)
		if !errors.Is(err, coord.ErrNoNode) {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, "/n", nil, coord.Persistent); err != nil {
			t.Fatal(err)
		}
		_, _, deleted, err := s.Get(ctx, "/n", true)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(ctx, "/n", coord.AnyVersion); err != nil {
			t.Fatal(err)
		}
		for _, w := range []*coord.Watch{created, deleted} {
			if _, fired := w.Event(); !fired {
				t.Fatal("an answer came before the event of the same change")
			}
		}
		if _, again, err := s.Exists(ctx, "/zookeeper", true); err != nil || again != still {
			t.Fatalf("the same watch was not handed out again: %v", err)
		}
	}
}

// heap is how many bytes are in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

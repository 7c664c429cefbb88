package linear

import (
	"context"
	"net"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/internal/zktest"
)

// sessionTimeout outlasts all faults, so that no session expires.
const sessionTimeout = 30 * time.Second

// inMemory is membackend, with links that are of different length. It must be in a bubble: without waiting nothing would happen at the
// same time.
func inMemory(t rapid.TB, fence fence, delays []int) (*service, func()) {
	m, err := membackend.New(membackend.Config{SessionTimeout: sessionTimeout})
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	v := &service{fence: fence, connect: func() link {
		c := m.Client("")
		c.Delay(membackend.Requests, milliseconds(delays, next))
		c.Delay(membackend.Replies, milliseconds(delays, next+1))
		next++
		return link{
			Backend: c,
			faults:  map[fault]func(){loseRequest: c.LoseNextRequest, loseReply: c.LoseNextReply, reset: c.Reset},
			close:   func() {},
		}
	}}
	return v, m.Close
}

func milliseconds(delays []int, i int) time.Duration {
	return time.Duration(delays[i%len(delays)]) * time.Millisecond
}

// piped is zkbackend over zkserver, in a bubble.
func piped(t rapid.TB, fence fence, delays []int) (*service, func()) {
	server, err := zkserver.New(zkserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	dial := func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		return near, server.ServeConn(far)
	}
	next := 0
	v := &service{fence: fence, connect: func() link {
		proxy := zktest.NewPipeProxy(dial)
		proxy.Delay(milliseconds(delays, next))
		next++
		return through(t, proxy, zkbackend.Config{Servers: []string{"pipe:1"}, Dial: proxy.Dial})
	}}
	return v, func() {
		if err := server.Close(); err != nil {
			t.Errorf("closing the server: %v", err)
		}
	}
}

// over is zkbackend over servers that listen.
func over(t rapid.TB, fence fence, addrs ...string) *service {
	return &service{fence: fence, connect: func() link {
		proxy, err := zktest.NewProxy(addrs...)
		if err != nil {
			t.Fatal(err)
		}
		return through(t, proxy, zkbackend.Config{Servers: proxy.Addrs()})
	}}
}

func through(t rapid.TB, proxy *zktest.Proxy, cfg zkbackend.Config) link {
	cfg.SessionTimeout = sessionTimeout
	backend, err := zkbackend.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return link{
		Backend: backend,
		faults:  map[fault]func(){loseRequest: proxy.LoseRequest, loseReply: proxy.LoseReply, reset: proxy.Reset},
		close:   proxy.Close,
	}
}

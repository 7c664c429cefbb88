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
func inMemory(t rapid.TB, fence fence, delays []time.Duration) (*service, func()) {
	m, err := membackend.New(membackend.Config{SessionTimeout: sessionTimeout})
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	v := &service{fence: fence, connect: func() link {
		c := m.Client("")
		usual := delays[next%len(delays)]
		next++
		c.Delay(membackend.Both, usual)
		return link{
			Backend: c,
			faults: map[fault]func(){
				loseRequest: c.LoseNextRequest, loseReply: c.LoseNextReply, reset: c.Reset,
				slow: func() { c.Delay(membackend.Requests, slower(usual)) }, fast: func() { c.Delay(membackend.Both, usual) },
			},
			close: func() {},
		}
	}}
	return v, m.Close
}

// slower is long beside what a link usually takes, and short enough for no patience to end.
func slower(usual time.Duration) time.Duration { return 12*usual + 2*time.Millisecond }

// piped is zkbackend over zkserver, in a bubble.
func piped(t rapid.TB, fence fence, delays []time.Duration) (*service, func()) {
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
		usual := delays[next%len(delays)]
		next++
		return through(t, proxy, usual, zkbackend.Config{Servers: []string{"pipe:1"}, Dial: proxy.Dial})
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
		return through(t, proxy, 0, zkbackend.Config{Servers: proxy.Addrs()})
	}}
}

// through reaches servers by a proxy, whose link usually takes that long one way.
func through(t rapid.TB, proxy *zktest.Proxy, usual time.Duration, cfg zkbackend.Config) link {
	proxy.Delay(usual)
	cfg.SessionTimeout = sessionTimeout
	backend, err := zkbackend.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return link{
		Backend: backend,
		faults: map[fault]func(){
			loseRequest: proxy.LoseRequest, loseReply: proxy.LoseReply, reset: proxy.Reset,
			slow: func() { proxy.Delay(slower(usual)) }, fast: func() { proxy.Delay(usual) },
		},
		close: proxy.Close,
	}
}

package faulthttp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// ErrRemote refuses an address that other machines can reach.
var ErrRemote = errors.New("faulthttp: only this machine is to reach it")

const (
	maxConns    = 100
	maxBody     = 64 << 10 // bytes
	maxHeader   = 16 << 10 // bytes
	maxWait     = time.Minute
	readTimeout = 10 * time.Second
)

// Server answers the calls for one zkserver.Server. It is safe for concurrent use.
type Server struct {
	http     *http.Server
	listener net.Listener
	serving  sync.WaitGroup
	stop     context.CancelFunc

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup // joined only once closed is set
}

// Start listens on a TCP address of the loopback interface, as host:port; port 0 means a free one. The Server must be closed, and srv is
// not by that.
func Start(addr string, srv *zkserver.Server) (*Server, error) {
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("faulthttp: address %q: %w", addr, err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, fmt.Errorf("%w: address %q is not on the loopback interface", ErrRemote, addr)
	}
	l, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		return nil, fmt.Errorf("faulthttp: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{listener: newLimited(l, maxConns), stop: stop}
	calls := handler(srv)
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if s.enter() {
				defer s.calls.Done()
				calls.ServeHTTP(w, r)
			}
		}),
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ReadTimeout:    readTimeout,
		IdleTimeout:    maxWait,
		MaxHeaderBytes: maxHeader,
	}
	s.serving.Go(func() {
		// It always ends with an error: that of Close, in the end.
		_ = s.http.Serve(s.listener)
	})
	return s, nil
}

// enter counts a call, unless it has come too late.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.calls.Add(1)
	}
	return !s.closed
}

// Addr is where the calls go, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends the listener and all calls, and returns when nothing of it runs any more. It may be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	err := s.http.Close()
	s.serving.Wait()
	s.calls.Wait()
	return err
}

// limited is a listener that has a number of connections open at most. Further ones wait to be accepted.
type limited struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLimited(l net.Listener, n int) *limited {
	return &limited{Listener: l, places: make(chan struct{}, n), closed: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitedConn{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	leave func()
}

func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

package zkserver

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// accept takes connections until the listener is closed.
func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		switch {
		case err == nil:
			// An error has been logged, and the connection is closed.
			_ = s.ServeConn(nc)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.log.Warn("accepting a connection", "error", err)
			// A shortage, of file descriptors in most cases, may pass.
			time.Sleep(acceptPause)
		}
	}
}

// acceptPause is short enough for Close to wait for.
const acceptPause = 50 * time.Millisecond

// ServeConn takes over a connection and serves it until either side, or Close, ends it. It returns at once. An error says that the
// server is closed, refuses connections, or has too many; the connection is closed then. If the connection has no buffer of its own,
// as those of net.Pipe have none, the peer must read while it writes.
func (s *Server) ServeConn(nc net.Conn) error {
	c := newConn(s, nc)
	s.mu.Lock()
	err := s.admit(c)
	s.unlock()
	if err != nil {
		s.log.Debug("connection refused", "peer", nc.RemoteAddr(), "reason", err)
		reset(nc)
		return err
	}
	return nil
}

// admit adds the connection and starts it, under the lock so that Close either sees it or prevents it.
func (s *Server) admit(c *conn) error {
	switch {
	case s.closed:
		return ErrClosed
	case s.stopped:
		return errors.New("zkserver: stopped")
	case s.refusing && (s.refuseUntil == 0 || s.clock.Now() < s.refuseUntil):
		return errors.New("zkserver: refusing connections")
	case len(s.conns) >= s.cfg.MaxConns:
		s.rejected++
		return fmt.Errorf("zkserver: %d connections are open", len(s.conns))
	case c.host != "" && s.cfg.MaxConnsPerHost > 0 && s.hosts[c.host] >= s.cfg.MaxConnsPerHost:
		s.rejected++
		return fmt.Errorf("zkserver: %d connections are open from %s", s.hosts[c.host], c.host)
	}
	s.lastConn++
	c.id = s.lastConn
	c.strangerSince = s.clock.Now()
	s.conns[c.id] = c
	if c.host != "" {
		s.hosts[c.host]++
	}
	if s.cutAll {
		c.cutOff()
	}
	s.setAlarm(c.strangerSince.Add(greetingTimeout))
	s.wg.Go(c.serve)
	return nil
}

// forget removes a connection that has ended. Its session lives on.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.unlock()
	e := Entry{Kind: Disconnected, Peer: c.peer}
	if c.session != nil {
		e.Session = c.session.id
	}
	s.note(e)
	s.detach(c)
	s.watches.Drop(c.id)
	delete(s.conns, c.id)
	if s.hosts[c.host]--; s.hosts[c.host] <= 0 {
		delete(s.hosts, c.host)
	}
}

// wake does for a connection what is due.
func (s *Server) wake(c *conn, now coord.Instant) {
	c.requestDelay.endAt(s, now, &c.gate)
	c.replyDelay.endAt(s, now, &c.out)
	if c.session != nil || c.cut {
		return
	}
	if giveUp := c.strangerSince.Add(greetingTimeout); now < giveUp {
		s.setAlarm(giveUp)
	} else {
		s.doom(c)
	}
}

// doom makes unlock close the connection. Nothing that is still waiting to be sent will be. Where Cut hides from the peer what happens, it
// is done when that ends.
func (s *Server) doom(c *conn) {
	if c.cut {
		c.lost = true
		return
	}
	c.over = true
	c.out.drop()
	c.gate.abandon()
	s.doomed = append(s.doomed, c)
}

// unlock releases the lock and then does what must not be done while it is held.
func (s *Server) unlock() {
	doomed := s.doomed
	s.doomed = nil
	s.mu.Unlock()
	for _, c := range doomed {
		// The reader and the writer of the connection return with errors, and the owner of both sees to the rest.
		if c.abort {
			reset(c.nc)
		} else {
			_ = c.nc.Close()
		}
	}
}

// reset closes a connection in a way that the peer notices at once, even if it has not read everything.
func reset(nc net.Conn) {
	if tcp, ok := nc.(*net.TCPConn); ok {
		// If the connection is broken already, so much the better.
		_ = tcp.SetLinger(0)
	}
	_ = nc.Close()
}

package zkserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// conn is one connection.
type conn struct {
	srv *Server
	nc  net.Conn
	id  ztree.Watcher
	in  *wire.Reader
	out outbox

	x exchange // of the request at hand; the reader's own

	// Guarded by the server's lock.
	session        *session         // nil before the handshake, and after the session has ended or moved
	strangerSince  coord.Instant    // since when there is none
	auth           []ztree.Identity // what the peer has shown to be
	received, sent int64            // packets
}

var (
	errShort       = errors.New("packet is too short")
	errAhead       = errors.New("client has seen a later state than there is")
	errSessionOver = errors.New("session is over")
	// errFinished ends a connection whose last answer is still to be sent.
	errFinished = errors.New("last answer given")
)

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc, in: wire.NewReader(nc, s.cfg.MaxPacket)}
	c.out.init(s.cfg.MaxPending)
	c.x.c = c
	if addr, err := netip.ParseAddrPort(nc.RemoteAddr().String()); err == nil {
		c.auth = []ztree.Identity{{Scheme: "ip", ID: addr.Addr().Unmap().String()}}
	}
	return c
}

// serve reads and answers until the connection is over, and waits for its writer.
func (c *conn) serve() {
	var writer sync.WaitGroup
	writer.Go(c.write)
	err := c.read()
	if err != io.EOF && err != errFinished {
		c.srv.log.Debug("connection over", "peer", c.nc.RemoteAddr(), "reason", err)
	}
	c.out.finish()
	writer.Wait()
	if err == errFinished {
		c.linger()
	}
	// Whoever has closed it already makes this fail, and may.
	_ = c.nc.Close()
	c.srv.forget(c)
}

// write sends until nothing more is to come, and ends the reader's waiting if that was because of an error.
func (c *conn) write() {
	if !c.out.run(c.nc) {
		_ = c.nc.Close()
	}
}

// linger lets the peer read the last answer: a connection that is closed while bytes from the peer lie unread is reset, and the answer
// is lost with it. The peer's hanging up ends it; failing that, the end of the session or the time for connections without one.
func (c *conn) linger() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if ok && half.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, c.nc)
	}
}

func (c *conn) read() error {
	word, err := c.in.Word()
	if err != nil {
		return err
	}
	if answer, ok := words[word]; ok {
		c.answerWord(answer)
		return errFinished
	}
	packet, err := c.in.Next()
	if err != nil {
		return err
	}
	if err := c.greet(packet); err != nil {
		return err
	}
	for c.out.waitForRoom() {
		if !c.in.Ready() {
			c.out.flush(c.nc)
		}
		packet, err := c.in.Next()
		if err != nil {
			return err
		}
		if err := c.x.run(packet); err != nil {
			return err
		}
	}
	return errSessionOver
}

// answerWord sends a four-letter word's answer.
func (c *conn) answerWord(answer func(*Server) string) {
	c.srv.mu.Lock()
	c.countReceived()
	c.countSent()
	text := answer(c.srv)
	c.srv.unlock()
	c.out.pushReply([]byte(text))
}

// greet answers the first packet, which asks for a session.
func (c *conn) greet(packet []byte) error {
	in := wire.NewDecoder(packet)
	request := wire.DecodeConnect(&in)
	if in.Err() != nil {
		return fmt.Errorf("connect request: %w", in.Err())
	}
	s := c.srv
	reply, err := s.greet(c, request)
	switch {
	case err != nil:
		s.log.Info("client has seen a later state than there is", "peer", c.nc.RemoteAddr(), "zxid", request.LastZxid)
	case reply.Session == 0:
		s.log.Info("session refused", "peer", c.nc.RemoteAddr(), "session", request.Session)
		err = errFinished
	default:
		s.log.Debug("session", "peer", c.nc.RemoteAddr(), "session", reply.Session, "timeout", reply.Timeout)
	}
	return err
}

// countReceived and countSent are called under the server's lock.
func (c *conn) countReceived() {
	c.received++
	c.srv.stats.received++
}

func (c *conn) countSent() {
	c.sent++
	c.srv.stats.sent++
}

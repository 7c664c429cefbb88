package zkserver

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

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

	peer string // address of the other end
	host string // of it, or empty
	gate gate   // which the reader passes

	x exchange // of the request at hand; the reader's own

	// Guarded by the server's lock.
	session       *session         // nil before the handshake, and after the session has ended or moved
	strangerSince coord.Instant    // since when there is none
	auth          []ztree.Identity // what the peer has shown to be
	asked         coord.SessionID  // what the connect request named
	opened        int64            // when it got its session, by the service's time of day
	timeout       time.Duration    // that was granted
	last          lastAnswer
	stats         stats

	cut, lost    bool // by Cut; and given up since
	moved        bool // by MoveSession
	abort        bool // to be reset, not closed
	over         bool // closed, or about to be
	answered     bool // the last answer is given, and the peer is to hang up
	requestDelay delay
	replyDelay   delay
}

var (
	errShort       = errors.New("packet is too short")
	errAhead       = errors.New("client has seen a later state than there is")
	errSessionOver = errors.New("session is over")
	errWatches     = errors.New("too many watches")
	// errLost ends a connection as an injected fault wants it.
	errLost = errors.New("lost by an injected fault")
	// errFinished ends a connection whose last answer is still to be sent.
	errFinished = errors.New("last answer given")
)

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, nc: nc, in: wire.NewReader(nc, s.cfg.MaxPacket)}
	c.out.init(s.cfg.MaxPending)
	c.x.c = c
	c.gate.init()
	c.peer = nc.RemoteAddr().String()
	if addr, err := netip.ParseAddrPort(c.peer); err == nil {
		c.host = addr.Addr().Unmap().String()
		c.auth = []ztree.Identity{{Scheme: "ip", ID: c.host}}
	}
	return c
}

// serve reads and answers until the connection is over, and waits for its writer.
func (c *conn) serve() {
	var writer sync.WaitGroup
	writer.Go(c.write)
	err := c.read()
	if err != io.EOF && err != errFinished {
		c.srv.log.Debug("connection over", "peer", c.peer, "reason", err)
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
	answer, isWord := words[word]
	if isWord {
		if !c.gate.pass() {
			return errSessionOver
		}
		c.answerWord(answer)
		return errFinished
	}
	packet, err := c.next()
	if err == nil {
		err = c.greet(packet)
	}
	for err == nil && c.out.waitForRoom() {
		if !c.in.Ready() {
			c.out.flush(c.nc)
		}
		if packet, err = c.next(); err == nil {
			err = c.x.run(packet)
		}
	}
	return cmp.Or(err, errSessionOver)
}

// next reads a packet, and waits until the server may know of it.
func (c *conn) next() ([]byte, error) {
	packet, err := c.in.Next()
	if err == nil && !c.gate.pass() {
		err = errSessionOver
	}
	return packet, err
}

// wait makes the reader stand at the gate in the middle of a request: what it has answered before must not wait with it.
func (c *conn) wait() bool {
	c.out.flush(c.nc)
	return c.gate.pass()
}

// answerWord sends a four-letter word's answer.
func (c *conn) answerWord(answer func(*Server) string) {
	c.srv.mu.Lock()
	c.countReceived()
	text := answer(c.srv)
	c.countSent()
	c.answered = true
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
	fault := s.meet(c, request)
	if !c.wait() {
		return errSessionOver
	}
	reply, err := s.greet(c, request, fault)
	switch {
	case err == errLost, err == errSessionOver:
	case err != nil:
		s.log.Info("client has seen a later state than there is", "peer", c.peer, "zxid", request.LastZxid)
	case reply.Session == 0:
		s.log.Info("session refused", "peer", c.peer, "session", request.Session)
		err = errFinished
	default:
		s.log.Debug("session", "peer", c.peer, "session", reply.Session, "timeout", reply.Timeout)
	}
	return err
}

// meet lets happen to a connect request what comes before its effect.
func (s *Server) meet(c *conn, r wire.ConnectRequest) *Injected {
	s.mu.Lock()
	defer s.unlock()
	c.asked = r.Session
	if session := s.sessions[r.Session]; session != nil && session.cut && !c.cut {
		c.cutOff()
	}
	fault := s.judge(r.Session, opConnect, nil)
	if fault != nil {
		c.requestDelay.start(s, fault, fault.fault.Delay, &c.gate)
	}
	return fault
}

// sendGreeting queues the answer to the connect request, unless a fault keeps it back.
func (s *Server) sendGreeting(c *conn, reply wire.ConnectReply, fault *Injected) error {
	e := Entry{Kind: Connected, Peer: c.peer, Session: reply.Session, Zxid: s.tree.Zxid()}
	if reply.Session == 0 {
		e.Kind, e.Session = Refused, c.asked
	}
	if fault != nil {
		e.Fault = fault.fault.Do
	}
	s.notePath(e, opConnect, nil)
	c.opened, c.timeout = s.ms(s.clock.Now()), reply.Timeout
	c.last = lastAnswer{head: wire.RequestHeader{Op: opConnect}, zxid: s.tree.Zxid(), at: max(1, s.clock.Now().Sub(s.startNow))}
	if fault != nil {
		if fault.fault.Do == LoseReply {
			return errLost
		}
		c.replyDelay.start(s, fault, fault.fault.DelayReply, &c.out)
	}
	b, start := wire.BeginPacket(nil)
	c.out.pushReply(wire.EndPacket(wire.AppendConnectReply(b, reply), start))
	c.countSent()
	return nil
}

package zkbackend

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// link is one connection to a server, as go-zookeeper gets it from the dialer. It sees each frame on the wire, and so knows what
// that library keeps to itself: the negotiated timeout, pings and when they were answered, and when a call was really sent. It
// bounds the handshake, and it keeps the watches, whose events it delivers before it hands over any later answer.
//
// Write is called by one goroutine at a time and Read by one, first by go-zookeeper's connecting goroutine for the handshake.
type link struct {
	net.Conn
	session *session
	server  string
	limit   time.Duration // for the handshake
	from    *bufio.Reader
	buf     []byte
	unread  []byte // what go-zookeeper has still to read of the last frame

	written     bool // the connect request, that is
	greeted     bool // the handshake is over
	connectSent coord.Instant

	turn chan struct{} // holds a token while a frame is being written
	end  sync.Once
	lost chan struct{} // closed when the connection is over
}

func newLink(s *session, server string, conn net.Conn, limit time.Duration) *link {
	return &link{
		Conn: conn, session: s, server: server, limit: limit, from: bufio.NewReader(conn),
		turn: make(chan struct{}, 1), lost: make(chan struct{}),
	}
}

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing during the handshake, which has a deadline of its own: go-zookeeper
// would wait almost seven session timeouts for its first bytes, and for ever for the others.

func (l *link) SetDeadline(t time.Time) error      { return l.deadline(l.Conn.SetDeadline, t) }
func (l *link) SetReadDeadline(t time.Time) error  { return l.deadline(l.Conn.SetReadDeadline, t) }
func (l *link) SetWriteDeadline(t time.Time) error { return l.deadline(l.Conn.SetWriteDeadline, t) }

func (l *link) deadline(set func(time.Time) error, t time.Time) error {
	if !l.greeted {
		return nil
	}
	return set(t)
}

// Close ends the connection. It may be called by anyone, more than once.
func (l *link) Close() error {
	l.fail(net.ErrClosed)
	return nil
}

// fail ends the connection, tells the session why, and returns the reason. Only the first counts.
func (l *link) fail(reason error) error {
	l.end.Do(func() {
		l.session.lose(l, reason)
		close(l.lost)
		_ = l.Conn.Close() // last, as with TLS it may take its time
	})
	return reason
}

// Write sends one frame: go-zookeeper never writes less, nor more at a time.
func (l *link) Write(frame []byte) (int, error) {
	sent := frame
	if !l.written {
		l.written, l.connectSent = true, clock.Now() // a sign of life counts from before it could have left
	} else {
		watch, err := l.session.sending(l, frame)
		if err != nil {
			return 0, l.fail(err)
		}
		if watch {
			// The last byte of each read is whether to watch. The frame itself is the caller's.
			sent = slices.Clone(frame)
			sent[len(sent)-1] = 1
		}
	}
	return l.put(sent)
}

// put writes a whole frame when it is its turn. Taking turns is not left to the connection: those of package net do it with a mutex,
// which stops the clock of a testing/synctest bubble, and others may not do it at all.
func (l *link) put(frame []byte) (int, error) {
	select {
	case l.turn <- struct{}{}:
	case <-l.lost:
		return 0, net.ErrClosed
	}
	n, err := l.Conn.Write(frame)
	<-l.turn
	if err != nil {
		return n, l.fail(err)
	}
	return n, nil
}

// Read gives go-zookeeper the frames that concern it.
func (l *link) Read(p []byte) (int, error) {
	for len(l.unread) == 0 {
		if err := l.advance(); err != nil {
			return 0, l.fail(err)
		}
	}
	n := copy(p, l.unread)
	l.unread = l.unread[n:]
	return n, nil
}

func (l *link) advance() error {
	if !l.greeted {
		return l.greet()
	}
	r, err := l.receive()
	if err != nil {
		return err
	}
	switch r.xid {
	case xidEvent:
		return l.notify(r)
	case xidGoodbye:
		return l.confirmGoodbye(r)
	}
	if err := l.session.answered(l, r); err != nil {
		return err
	}
	l.unread = l.buf
	return nil
}

// receive reads one frame, other than the first.
func (l *link) receive() (reply, error) {
	if cap(l.buf) > keptBuffer {
		l.buf = nil
	}
	var err error
	if l.buf, err = readFrame(l.from, l.buf, maxReply); err != nil {
		return reply{}, err
	}
	return decodeReply(l.buf)
}

func (l *link) notify(r reply) error {
	event, err := decodeEvent(r.body)
	if err == nil {
		l.session.notify(event)
	}
	return err
}

func (l *link) confirmGoodbye(r reply) error {
	if r.code != codeOK && r.code != codeSessionExpired {
		return fmt.Errorf("closing the session was refused with error %d", r.code)
	}
	l.session.conclude()
	return io.EOF
}

// greet completes the handshake: the answer to the connect request, and then the watches. go-zookeeper sees the answer last, so
// that it sends nothing before, and the session is connected only when it knows all that has happened to what it watches.
func (l *link) greet() error {
	frame, err := readFrame(l.from, nil, maxGreeting)
	if err != nil {
		return l.explain(err)
	}
	g, err := decodeGreeting(frame)
	if err != nil {
		return err
	}
	if err := l.session.recognise(g); err != nil {
		return err
	}
	for _, request := range l.session.rearm() {
		if err := l.resume(request); err != nil {
			return l.explain(err)
		}
	}
	if err := l.Conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	l.greeted, l.unread = true, frame
	return l.session.connected(l, g)
}

// resume sends a request of the link's own and waits for its answer. Events come before it.
func (l *link) resume(request []byte) error {
	if _, err := l.Conn.Write(request); err != nil {
		return err
	}
	for {
		r, err := l.receive()
		switch {
		case err != nil:
			return err
		case r.xid == xidEvent:
			if err := l.notify(r); err != nil {
				return err
			}
		case r.xid != xidWatches:
			return fmt.Errorf("%w: answer %d when nothing but watches was asked", errProtocol, r.xid)
		case r.code != codeOK:
			return fmt.Errorf("watches were refused with error %d", r.code)
		default:
			return nil
		}
	}
}

// explain puts into words what a failed handshake looks like from below.
func (l *link) explain(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("silent: no complete handshake within %v: %w", l.limit, err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("closed the connection during the handshake: %w", err)
	}
	return err
}

// sayGoodbye asks the server to end the session, beside what go-zookeeper writes.
func (l *link) sayGoodbye() error {
	_, err := l.put(seal(newRequest(xidGoodbye, opCloseSession)))
	return err
}

package membackend

import (
	"context"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// call is one request of a session on its way.
type call struct {
	apply     func(c *conn) error // at the service, with its lock held; keeps what it finds where the caller looks later
	watch     *watching           // what a successful reply arms; nil for none
	loseReply bool
	last      bool // the service hangs up after it
	sent      coord.Instant

	done  chan struct{} // closed when err and armed are set
	err   error
	armed *coord.Watch
}

func newCall(apply func(c *conn) error) *call { return &call{apply: apply, done: make(chan struct{})} }

// finish tells the caller. It is called once, without the lock.
func (k *call) finish(err error) {
	k.err = err
	close(k.done)
}

// do makes a call and waits until it is answered, the connection is lost, or ctx ends. What apply found counts only if it returns
// nil. A call that is given up keeps its place in the order: on its connection everything later is behind it, and a later connection
// of the session ends it.
func (s *Session) do(ctx context.Context, k *call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var err error
	s.service.locked(func() {
		if err = s.usable(); err == nil {
			s.send(k)
		}
	})
	if err != nil {
		return err
	}
	return k.await(ctx)
}

func (k *call) await(ctx context.Context) error {
	select {
	case <-k.done:
		return k.err
	case <-ctx.Done():
	}
	select {
	case <-k.done: // An answer that is there counts.
		return k.err
	default:
		return bothErrors(coord.ErrConnectionLoss, ctx.Err())
	}
}

// usable returns why no call can be sent, with the lock held.
func (s *Session) usable() error {
	switch {
	case s.closing || s.state == coord.Closed:
		return coord.ErrClosed
	case s.state == coord.Expired:
		return coord.ErrSessionExpired
	case s.state != coord.Connected || s.conn == nil:
		return coord.ErrConnectionLoss
	}
	return nil
}

// send puts a call on a usable session's connection, with the lock held.
func (s *Session) send(k *call) {
	c, link := s.conn, s.link
	k.sent = s.now()
	c.sent = k.sent
	c.pending = append(c.pending, k)
	if link.loseRequest {
		link.loseRequest = false
		s.service.reset(c)
		return
	}
	k.loseReply, link.loseReply = link.loseReply, false
	c.requests.send(func() { s.service.serve(c, k) })
}

// bothErrors matches both.
func bothErrors(a, b error) error { return fmt.Errorf("%w (%w)", a, b) }

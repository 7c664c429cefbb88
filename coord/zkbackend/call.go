package zkbackend

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
)

// call is one request on its way. go-zookeeper's calls take no context and outlast their connection, so each runs in a goroutine of
// its own, which the caller may leave behind; the session joins it.
type call struct {
	path  string         // with the chroot
	watch bool           // whether to ask for a watch
	do    func(*zk.Conn) // makes the request and keeps the results
	done  chan struct{}  // closed when do has returned
	armed *coord.Watch   // the watch, if there is one; valid after done

	givenUp bool // the caller has left; guarded by the session's mu
}

// run makes a call and waits for its answer, the end of its connection or that of ctx. After an error the call's results must not
// be looked at, nor what do has stored.
func (s *session) run(ctx context.Context, c *call) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.done = make(chan struct{})
	l, err := s.admit(ctx, c)
	if err != nil {
		return err
	}
	select {
	case <-c.done:
		return nil
	case <-l.lost:
		err = coord.ErrConnectionLoss
	case <-ctx.Done():
		err = fmt.Errorf("%w: %w", coord.ErrConnectionLoss, ctx.Err())
	}
	s.mu.Lock()
	c.givenUp = true
	s.mu.Unlock()
	return err
}

// admit hands a call over to go-zookeeper, one at a time: the next follows when the one before has been written. That is what makes
// calls take effect in the order made, even those that were given up: one left over from a connection that was lost is the
// first to be written on the next. It also tells the link whose request it sees.
func (s *session) admit(ctx context.Context, c *call) (*link, error) {
	l, err := s.live()
	if err != nil {
		return nil, err
	}
	if err := s.acquire(ctx, l, s.window); err != nil {
		return nil, err
	}
	if err := s.acquire(ctx, l, s.slot); err != nil {
		<-s.window
		return nil, err
	}
	s.mu.Lock()
	if s.link != l || s.closing {
		s.mu.Unlock()
		<-s.slot
		<-s.window
		return nil, s.unavailable()
	}
	s.queued = c
	s.runners.Go(func() {
		defer close(c.done)
		c.do(s.conn)
		s.withdraw(c)
		<-s.window
	})
	s.mu.Unlock()
	return l, nil
}

// acquire puts a token into a channel, unless the call's context or connection is over before there is room.
func (s *session) acquire(ctx context.Context, l *link, room chan struct{}) error {
	select {
	case room <- struct{}{}:
		return nil
	case <-l.lost:
		return s.unavailable()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// withdraw lets the next call follow one that never came to the wire.
func (s *session) withdraw(c *call) {
	s.mu.Lock()
	mine := s.queued == c
	if mine {
		s.queued = nil
	}
	s.mu.Unlock()
	if mine {
		<-s.slot
	}
}

// live returns the connection that serves, or why there is none.
func (s *session) live() (*link, error) {
	s.mu.Lock()
	l, closing := s.link, s.closing
	s.mu.Unlock()
	if l == nil || closing {
		return nil, s.unavailable()
	}
	return l, nil
}

// unavailable is why a call cannot be made now.
func (s *session) unavailable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closing:
		return coord.ErrClosed
	case s.state == coord.Expired:
		return coord.ErrSessionExpired
	}
	return coord.ErrConnectionLoss
}

// sentinels are what go-zookeeper's errors mean.
var sentinels = map[error]error{
	zk.ErrNoNode:                  coord.ErrNoNode,
	zk.ErrNodeExists:              coord.ErrNodeExists,
	zk.ErrNotEmpty:                coord.ErrNotEmpty,
	zk.ErrBadVersion:              coord.ErrBadVersion,
	zk.ErrNoChildrenForEphemerals: coord.ErrNoChildrenForEphemerals,
	zk.ErrNoAuth:                  coord.ErrNoAuth,
	zk.ErrAuthFailed:              coord.ErrNoAuth,
	zk.ErrInvalidACL:              coord.ErrInvalidACL,
	zk.ErrBadArguments:            coord.ErrInvalid,
	zk.ErrInvalidPath:             coord.ErrInvalid,
	zk.ErrSessionExpired:          coord.ErrSessionExpired,
	zk.ErrConnectionClosed:        coord.ErrConnectionLoss,
	zk.ErrClosing:                 coord.ErrConnectionLoss,
}

// translate returns the contract's error for go-zookeeper's. Of one that the contract has no word for (over quota, throttled, an
// internal failure of the server) nothing is known but that the call did not succeed.
func translate(err error) error {
	if err == nil {
		return nil
	}
	for theirs, ours := range sentinels {
		if errors.Is(err, theirs) {
			return ours
		}
	}
	return fmt.Errorf("%w: %v", coord.ErrConnectionLoss, err)
}

package zkbackend

import (
	"context"
	"fmt"
	"sync"

	"github.com/hamaster/hamaster/coord"
)

// own is the goroutine that winds a session up, when it has expired or its owner closes it.
func (s *session) own() {
	defer close(s.done)
	select {
	case <-s.expired:
	case ctx := <-s.leaving:
		s.told = s.takeLeave(ctx)
	}
	s.retire()
}

// Close implements coord.Session. Without a connection it waits for one, up to a session timeout, to tell the service.
func (s *session) Close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	s.mu.Unlock()
	if first {
		s.leaving <- ctx
		<-s.done // soon after ctx is over, at the latest
		if s.told != nil {
			return &coord.Error{Op: "close", Err: s.told}
		}
		return nil
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return &coord.Error{Op: "close", Err: ctx.Err()}
	}
}

// takeLeave has the service end the session. When the answer to that is lost it is asked again on the next connection, where it
// then does not know the session any more: that is an answer, too.
func (s *session) takeLeave(ctx context.Context) error {
	s.endWatches()
	bounded, cancel := context.WithTimeout(ctx, s.Timeout())
	defer cancel()
	for bounded.Err() == nil {
		s.mu.Lock()
		l, changed, gone := s.link, s.changed, s.over || s.id == 0
		s.mu.Unlock()
		if gone {
			return nil
		}
		if l != nil {
			s.leaveOn(bounded, l)
			continue
		}
		select {
		case <-changed:
		case <-bounded.Done():
		}
	}
	if s.isOver() {
		return nil
	}
	err := fmt.Errorf("%w: the session %v ends only with its timeout", coord.ErrConnectionLoss, s.ID())
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", err, ctx.Err())
	}
	return err
}

// leaveOn asks the service on that connection and waits for the answer or the connection's end.
func (s *session) leaveOn(ctx context.Context, l *link) {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cut)
		_ = l.Close()
	})
	defer func() {
		if !stop() {
			<-cut
		}
	}()
	if l.sayGoodbye() == nil {
		<-l.lost // which also follows the answer
	}
}

// conclude notes that the service has ended the session as it was asked to.
func (s *session) conclude() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}

// expire makes the session final when the service says that it does not know it. After that no server is asked again, so it
// happens once.
func (s *session) expire() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.finish()
	close(s.expired)
}

// finish ends the watches and then enters the final state, unless that has happened.
func (s *session) finish() {
	s.endWatches()
	s.mu.Lock()
	var changed chan struct{}
	if !s.state.Final() {
		state := coord.Expired
		if s.closing {
			state = coord.Closed
		}
		changed = s.setState(state)
	}
	s.mu.Unlock()
	if changed != nil {
		close(changed)
		s.log.Debug("session is over", "session", s.ID())
	}
}

// retire ends everything that runs for the session. See farewell for the way in which go-zookeeper is led out.
func (s *session) retire() {
	s.conclude()
	s.hangUp()
	var usher sync.WaitGroup
	usher.Go(s.farewell.serve)
	s.disconnect()
	<-s.farewell.attached
	s.conn.Close()
	for range s.events { // closed at the end of go-zookeeper's last goroutine
	}
	usher.Wait()
	s.runners.Wait()
	s.finish()
}

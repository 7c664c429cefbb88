package coordtest

import (
	"context"
	"errors"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// toyCall is one request and what it does at the service, which runs with the lock held.
type toyCall struct {
	op, path string
	write    bool
	atServer func() (index int, path string, err error)
}

func (c toyCall) fail(err error) error {
	return &coord.Error{Op: c.op, Path: c.path, Err: err}
}

// do sends the call, when those before it are done, and waits for its end, or the context's, or the connection's.
func (s *toySession) do(ctx context.Context, c toyCall) error {
	if err := ctx.Err(); err != nil && !s.toy.is(contextIsNotLookedAt) {
		if s.toy.is(overContextIsLossToo) {
			err = errors.Join(coord.ErrConnectionLoss, err)
		}
		return c.fail(err)
	}
	if s.toy.is(callsDisturbEachOther) && len(s.turn) > 0 {
		return c.fail(coord.ErrConnectionLoss)
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		if s.toy.is(waitingIsLoss) {
			return c.fail(coord.ErrConnectionLoss)
		}
		return c.fail(errors.Join(coord.ErrConnectionLoss, ctx.Err()))
	}
	answer := make(chan error, 1)
	s.toy.mu.Lock()
	changed, err := s.changed, s.gate()
	if err == nil {
		s.send(c, answer)
	}
	s.toy.mu.Unlock()
	if err != nil {
		<-s.turn
		if s.toy.is(suspendedCallsWait) && errors.Is(err, coord.ErrConnectionLoss) {
			<-ctx.Done()
		}
		return c.fail(err)
	}
	return s.wait(ctx, c, answer, changed)
}

// gate is what the session's state alone says to a call.
func (s *toySession) gate() error {
	switch s.state {
	case coord.Suspended:
		if s.toy.is(lossIsExpiry) {
			return coord.ErrSessionExpired
		}
		return coord.ErrConnectionLoss
	case coord.Expired:
		return coord.ErrSessionExpired
	case coord.Closed:
		if s.toy.is(closedSessionWorks) {
			return nil
		}
		if s.toy.is(closedIsExpired) {
			return coord.ErrSessionExpired
		}
		return coord.ErrClosed
	}
	return nil
}

// send lets the call reach the service a moment later, if the link carries it. The turn ends when the service is done with it.
func (s *toySession) send(c toyCall, answer chan<- error) {
	sent := toyNow()
	loseReq, loseRep := s.link.loseReq, s.link.loseRep
	s.link.loseReq, s.link.loseRep = false, false
	arrive := func() {
		s.toy.mu.Lock()
		defer s.toy.mu.Unlock()
		s.arrive(c, sent, loseRep, answer)
	}
	switch {
	case loseReq || s.link.cut&Requests != 0:
		if s.toy.is(heldRequestsComeLate) {
			s.link.heldBack = append(s.link.heldBack, arrive)
		}
		if loseReq && s.toy.is(lostRequestsAreRepeated) {
			time.AfterFunc(toyLatency, arrive)
		} else if loseReq {
			s.disconnect()
		}
		if s.toy.is(waitingIsLoss) {
			time.AfterFunc(toyTimeout, func() { <-s.turn })
			return
		}
		<-s.turn
	case s.toy.is(givenUpIsOvertaken):
		s.sent++
		time.AfterFunc(time.Duration(1+s.sent%2*4)*toyLatency, arrive) // every other call is slow
		<-s.turn
	default:
		time.AfterFunc(toyLatency, func() { arrive(); <-s.turn })
	}
}

// arrive is the call at the service, and its reply.
func (s *toySession) arrive(c toyCall, sent coord.Instant, loseReply bool, answer chan<- error) {
	if s.gone && !s.toy.is(closedSessionWorks) {
		s.finish(coord.Expired)
		answer <- c.fail(coord.ErrSessionExpired)
		return
	}
	s.heard = time.Now()
	index, path, err := c.atServer()
	if loseReply && s.toy.is(lostRepliesAreRepeated) {
		index, path, err = c.atServer()
	} else if loseReply && !s.toy.is(lostRepliesAreEmpty) {
		s.disconnect()
		return
	} else if s.link.cut&Replies != 0 {
		return
	}
	if s.state != coord.Connected && !s.toy.is(closedSessionWorks) {
		return
	}
	if c.write || c.op == "sync" && !s.toy.is(syncDoesNothing) {
		s.advanceAfter(c)
	}
	if err == nil && (c.write || s.toy.is(readsProveLife)) {
		s.prove(sent)
	}
	answer <- s.toy.refusal(c.op, path, index, err)
}

// refusal is the error by which the service's refusal is told.
func (t *toy) refusal(op, path string, index int, err error) error {
	switch {
	case err == nil:
		return nil
	case t.is(errorsAreBare):
		return err
	case t.is(errorsNameNoPath):
		path = ""
	case t.is(refusalIsLoss) && errors.Is(err, coord.ErrBadVersion):
		err = coord.ErrConnectionLoss
	}
	return &coord.Error{Op: op, Path: path, Index: index, Err: err}
}

func (s *toySession) advanceAfter(c toyCall) {
	if c.op == "multi" && s.toy.is(barrierDoesNothing) || s.toy.is(ownWritesAreNotSeen) {
		return
	}
	s.advance()
}

// wait is the caller's side of a call that was sent.
func (s *toySession) wait(ctx context.Context, c toyCall, answer <-chan error, changed <-chan struct{}) error {
	done := ctx.Done()
	if s.toy.is(contextEndsNothing) {
		done = nil
	}
	if s.toy.is(brokenConnectionEndsNothing) {
		changed = nil
	}
	select {
	case err := <-answer:
		return err
	case <-changed:
	case <-done:
		if s.toy.is(contextIsToldAlone) {
			return c.fail(ctx.Err())
		}
		if s.toy.is(givenUpBreaksTheSession) {
			s.toy.expire(s.ID())
		}
		return c.fail(errors.Join(coord.ErrConnectionLoss, ctx.Err()))
	}
	select {
	case err := <-answer:
		return err
	default:
	}
	if s.toy.is(closeStrikesWronglyCalls) {
		return c.fail(coord.ErrSessionExpired)
	}
	if s.toy.is(lossIsNoNode) {
		return c.fail(coord.ErrNoNode)
	}
	if state, _ := s.State(); state == coord.Closed {
		return c.fail(coord.ErrClosed)
	}
	return c.fail(coord.ErrConnectionLoss)
}

// Close ends the session at the service, if it can be reached.
func (s *toySession) Close(ctx context.Context) error {
	if err := ctx.Err(); err != nil && s.toy.is(closeNeedsAContext) {
		return &coord.Error{Op: "close", Err: err}
	}
	s.toy.mu.Lock()
	first := !s.closing
	s.closing = true
	s.toy.mu.Unlock()
	if !first {
		if s.toy.is(secondCloseFails) {
			return &coord.Error{Op: "close", Err: coord.ErrClosed}
		}
		if !s.toy.is(secondCloseReturnsEarly) {
			<-s.quit
		}
		return nil
	}
	defer close(s.quit)
	return s.closeOnce(ctx)
}

func (s *toySession) closeOnce(ctx context.Context) error {
	mine := false
	select {
	case s.turn <- struct{}{}:
		mine = true
	case <-ctx.Done():
	}
	time.Sleep(toyLatency)
	s.toy.mu.Lock()
	reached := mine && s.link.cut == 0 && s.state == coord.Connected && !s.gone
	expired := s.state == coord.Expired
	if reached && s.toy.is(closeRemovesLater) {
		time.AfterFunc(toyTimeout/10, func() { s.toy.mu.Lock(); defer s.toy.mu.Unlock(); s.toy.end(s) })
	} else if reached {
		s.toy.end(s)
	}
	s.finish(coord.Closed)
	s.toy.mu.Unlock()
	if mine {
		<-s.turn
	}
	if reached || expired || s.toy.is(closeIsAlwaysFine) {
		return nil
	}
	return &coord.Error{Op: "close", Err: coord.ErrConnectionLoss}
}

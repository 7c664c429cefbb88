package coordtest

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/hamaster/hamaster/coord"
)

var givenUpChecks = []check{
	{"GivenUpCallIsNeverOvertaken", nil, givenUpCallIsNeverOvertaken},
	{"GivenUpCallIsNeverOvertakenOverABadLink", needs(Cuts), givenUpOverABadLink},
	{"GivenUpCallKeepsItsArguments", nil, givenUpCallKeepsItsArguments},
	{"GivenUpCallsLeaveTheSessionWell", nil, givenUpCallsLeaveTheSessionWell},
}

// givenUpCallIsNeverOvertaken gives calls up at all moments, makes another at once, and looks whether the first ever comes after.
func givenUpCallIsNeverOvertaken(e *env) {
	s := e.open()
	path := e.node("n")
	for i := range 150 {
		// From before the call is sent until after its answer.
		ctx, cancel := context.WithTimeout(e.context(), time.Duration(i%50)*20*time.Microsecond)
		_, first := s.Set(ctx, path, []byte("first"), coord.AnyVersion)
		cancel()
		e.mustBeOpen(first)
		before := s.set(path, []byte("second "+strconv.Itoa(i)))
		_, now := s.get(path)
		s.barrier()
		data, later := s.get(path)
		if now != before || later != before || string(data) != "second "+strconv.Itoa(i) {
			e.Fatalf("a call must take effect before those made after it returned; the first (%v) came after the second: %q, %+v, %+v, %+v",
				first, data, before, now, later)
		}
	}
}

// givenUpCallKeepsItsArguments uses the caller's buffer for something else once the call has returned, which may be before it
// has been sent. The race detector, too, has its eye on it.
func givenUpCallKeepsItsArguments(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	buffer := make([]byte, 1<<10)
	for i := range 150 {
		ctx, cancel := context.WithTimeout(e.context(), time.Duration(i%50)*20*time.Microsecond)
		fill(buffer, 'a')
		var err error
		if i%2 == 0 {
			_, err = s.Set(ctx, path, buffer, coord.AnyVersion)
		} else {
			_, err = s.Multi(ctx, coord.SetOp(path, buffer, coord.AnyVersion))
		}
		fill(buffer, 'b')
		cancel()
		e.mustBeOpen(err)
		s.barrier()
		if data, _ := s.get(path); bytes.IndexByte(data, 'b') >= 0 {
			e.Fatalf("a call must send what its arguments were when it was made; it sent what its caller wrote there afterwards")
		}
	}
}

func fill(buffer []byte, with byte) {
	for i := range buffer {
		buffer[i] = with
	}
}

// mustBeOpen checks the error of a write that was given up: none, the context's alone (then it was not sent), or both.
func (e *env) mustBeOpen(err error) {
	e.Helper()
	switch {
	case err == nil:
	case errors.Is(err, coord.ErrConnectionLoss):
		e.mustMatch("a call given up when it was sent", err, coord.ErrConnectionLoss, context.DeadlineExceeded)
	default:
		e.mustMatch("a call given up before it was sent", err, context.DeadlineExceeded)
	}
}

// givenUpOverABadLink holds a request back, gives it up, and makes the next while it may still be on its way.
func givenUpOverABadLink(e *env) {
	for i, way := range []Direction{Requests, Replies, Both} {
		s := e.open()
		path := e.node("n" + strconv.Itoa(i))
		s.barrier()
		s.link.Cut(way)
		ctx, cancel := context.WithTimeout(e.context(), s.Timeout()/10)
		_, first := s.Set(ctx, path, []byte("first"), coord.AnyVersion)
		cancel()
		if first == nil {
			e.Errorf("a call over a link cut for %v cannot have had an answer; it returned nil", way)
		}
		second := make(chan error, 1)
		patient := e.context()
		go func() {
			_, err := s.Set(patient, path, []byte("second"), coord.AnyVersion)
			second <- err
		}()
		s.link.Heal()
		if err := <-second; err != nil {
			e.mustMatch("a call after one given up", err, coord.ErrConnectionLoss)
			err = s.persist(func() error { return errOf2(s.Set(patient, path, []byte("second"), coord.AnyVersion)) })
			if err != nil {
				e.Errorf("the session must go on after the link is healed; got %v", err)
				continue
			}
		}
		e.mustStay(s, path, "second")
	}
}

// mustStay checks that the node holds that value, now and for as long as a call given up could be under way.
func (e *env) mustStay(s *session, path, value string) {
	e.Helper()
	e.calm.barrier()
	e.during(s.Timeout()/4, func() {
		if data, stat := e.calm.get(path); string(data) != value {
			e.Fatalf("a call must take effect before those made after it returned; the node must hold %q, it holds %q, %+v", value, data, stat)
		}
	})
}

func givenUpCallsLeaveTheSessionWell(e *env) {
	s := e.open()
	path := e.node("n")
	id := s.ID()
	s.barrier()
	for i := range 100 {
		ctx, cancel := context.WithTimeout(e.context(), time.Duration(i)*10*time.Microsecond)
		for _, c := range calls[1:4] {
			err := c.do(ctx, s, path)
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				e.Errorf("%s given up must tell of its context; got %v", c.op, err)
			}
		}
		cancel()
	}
	s.mustHold(path, []byte("data"))
	if s.ID() != id {
		e.Errorf("ID must never change; it was %v, it is %v", id, s.ID())
	}
	w := s.arm(getKind, path)
	e.mustBeArmed("armed after many reads given up", w)
	e.calm.set(path, nil)
	e.mustFire("set", w, coord.Event{Type: coord.DataChanged, Path: path})
}

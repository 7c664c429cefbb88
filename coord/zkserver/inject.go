package zkserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// Action is what a fault does to a request.
type Action string

// The actions. To the client the first two look the same, a lost connection; what it asked for has happened in one of them.
const (
	// Deliver does nothing by itself: it is for delays.
	Deliver Action = ""
	// LoseRequest resets the connection before the request takes effect.
	LoseRequest Action = "lose-request"
	// LoseReply resets the connection after the request has taken effect, and its reply never leaves. Replies to earlier requests do.
	LoseReply Action = "lose-reply"
	// Fail answers with Fault.Code, and the request does not take effect.
	Fail Action = "fail"
)

// UntilRemoved as a delay lasts until the fault is removed.
const UntilRemoved time.Duration = -1

// Always as Fault.Times means every request until the fault is removed.
const Always = -1

// Fault says to which requests something is to happen, and what. The zero value does nothing to the next request.
type Fault struct {
	// Op is one of Operations; empty means any but "connect", "ping" and "closeSession", which must be named.
	Op string
	// Path must be that of the request, or of any operation of a transaction; one that ends in * stands for all that begin so.
	// Empty means any, and none.
	Path string
	// Session must be the request's; 0 means any. That of a connect request is the session that it asks for.
	Session coord.SessionID
	// Skip is how many such requests go well first, at least 0.
	Skip int
	// Times is how many requests it happens to then; 0 means one, Always all.
	Times int

	// Do is what happens to the request.
	Do Action
	// Code is the outcome with Fail, which is not 0. (wire.NoNode.)
	Code wire.Code
	// Delay is how long, by the server's clock, the request waits before anything else happens to it, and with it all that its
	// client sends after it. UntilRemoved is a value, too.
	Delay time.Duration
	// DelayReply is likewise how long the reply waits after the request has taken effect, and with it all that the client is
	// sent after it: with UntilRemoved the connection falls silent.
	DelayReply time.Duration
}

// ErrFault is an impossible Fault.
var ErrFault = errors.New("zkserver: impossible fault")

// maxFaults bounds how many faults wait for requests.
const maxFaults = 1000

// Injected is a fault that the server has taken in.
type Injected struct {
	srv   *Server
	fault Fault
	ops   []wire.Op
	// Guarded by the server's lock.
	id         int
	seen, hits int
}

// Inject makes a fault happen. Where several are meant for the same request, the one that was injected first has it, and the others do not
// count it. The error is ErrFault or ErrClosed.
func (s *Server) Inject(f Fault) (*Injected, error) {
	i := &Injected{srv: s, fault: f}
	if err := i.validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.unlock()
	switch {
	case s.closed:
		return nil, ErrClosed
	case len(s.faults) >= maxFaults:
		return nil, fmt.Errorf("%w: %d are waiting already", ErrFault, maxFaults)
	}
	s.lastFault++
	i.id = s.lastFault
	s.setFaults(append(s.faults, i))
	return i, nil
}

func (i *Injected) validate() error {
	f := &i.fault
	if f.Times == 0 {
		f.Times = 1
	}
	for op, n := range opNames {
		if f.Op == n.name || f.Op == n.kind {
			i.ops = append(i.ops, op)
		}
	}
	var wrong error
	switch {
	case f.Op != "" && len(i.ops) == 0:
		wrong = fmt.Errorf("no operation is called %q; there are %s", f.Op, strings.Join(Operations(), ", "))
	case f.Skip < 0 || f.Times < Always:
		wrong = fmt.Errorf("there is no skipping %d and hitting %d times", f.Skip, f.Times)
	case f.Delay < UntilRemoved || f.DelayReply < UntilRemoved:
		wrong = fmt.Errorf("delays are %v and %v", f.Delay, f.DelayReply)
	case !slices.Contains([]Action{Deliver, LoseRequest, LoseReply, Fail}, f.Do):
		wrong = fmt.Errorf("no action is called %q", f.Do)
	case (f.Do == Fail) != (f.Code != wire.OK):
		wrong = errors.New("a Code belongs to Fail, and to nothing else")
	case f.Do == Fail && f.Op == "connect":
		wrong = errors.New("a connect request has no Code to be answered with")
	}
	if wrong != nil {
		return fmt.Errorf("%w: %w", ErrFault, wrong)
	}
	return nil
}

// ID tells the fault from others of the server. It is positive.
func (i *Injected) ID() int { return i.id }

// Fault is what was injected.
func (i *Injected) Fault() Fault { return i.fault }

// Hits is how many requests the fault has happened to.
func (i *Injected) Hits() int {
	i.srv.mu.Lock()
	defer i.srv.unlock()
	return i.hits
}

// Wait returns when the fault has happened to a request: with a Delay, when that is waiting. It fails with the context's error, or with
// ErrClosed.
func (i *Injected) Wait(ctx context.Context) error {
	return i.srv.await(ctx, func() bool { return i.hits > 0 })
}

// Remove makes the fault happen no more, and lets go on what it delays. It may be called more than once.
func (i *Injected) Remove() {
	s := i.srv
	s.mu.Lock()
	defer s.unlock()
	s.setFaults(slices.DeleteFunc(slices.Clone(s.faults), func(o *Injected) bool { return o == i }))
	for _, c := range s.conns {
		c.requestDelay.endIf(i, &c.gate)
		c.replyDelay.endIf(i, &c.out)
	}
}

// Faults returns the faults that may still happen, in the order of injection.
func (s *Server) Faults() []*Injected {
	s.mu.Lock()
	defer s.unlock()
	return slices.Clone(s.faults)
}

func (s *Server) setFaults(faults []*Injected) {
	s.faults = faults
	s.armed.Store(len(faults) > 0)
}

// judge returns the fault that happens to a request, if any.
func (s *Server) judge(session coord.SessionID, op wire.Op, body []byte) *Injected {
	for _, i := range s.faults {
		if !i.matches(session, op, body) {
			continue
		}
		i.seen++
		if i.seen <= i.fault.Skip {
			continue
		}
		i.hits++
		if i.hits == i.fault.Times {
			s.setFaults(slices.DeleteFunc(slices.Clone(s.faults), func(o *Injected) bool { return o == i }))
		}
		s.history.grown.Broadcast()
		return i
	}
	return nil
}

func (i *Injected) matches(session coord.SessionID, op wire.Op, body []byte) bool {
	switch {
	case i.fault.Session != 0 && i.fault.Session != session:
		return false
	case i.fault.Op == "" && (op == opConnect || op == wire.OpPing || op == wire.OpClose):
		return false
	case i.fault.Op != "" && !slices.Contains(i.ops, op):
		return false
	case i.fault.Path == "":
		return true
	case op == wire.OpMulti:
		in := wire.NewDecoder(body)
		return slices.ContainsFunc(wire.DecodeMulti(&in, nil), func(m wire.MultiOp) bool { return i.meansPath(m.Path) })
	}
	path := pathOf(op, body)
	return path != nil && i.meansPath(string(path))
}

func (i *Injected) meansPath(path string) bool {
	if prefix, ok := strings.CutSuffix(i.fault.Path, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == i.fault.Path
}

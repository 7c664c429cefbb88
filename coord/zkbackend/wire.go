package zkbackend

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// What a link tells its session. go-zookeeper joins one link's goroutines before it dials the next, so reports come from one link
// at a time, in the order of the wire.

var (
	errExpired = errors.New("the session has expired")
	errRefused = errors.New("refuses to open a session")
	errOver    = errors.New("the session is over")
)

// recognise checks the answer to a connect request against what is known. A session that the service does not know any more has
// expired; go-zookeeper must not hear of it, for it would open another and send on that what was meant for this.
func (s *session) recognise(g greeting) error {
	s.mu.Lock()
	id := s.id
	s.mu.Unlock()
	valid := g.id != 0 && g.timeout > 0
	switch {
	case id == 0 && valid:
		return nil
	case id == 0:
		return errRefused
	case valid && g.id == id:
		return nil
	}
	s.expire()
	return errExpired
}

// rearm returns the requests that a new connection begins with.
func (s *session) rearm() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watches.requests(s.zxid)
}

// connected puts a link into service after its handshake.
func (s *session) connected(l *link, g greeting) error {
	s.mu.Lock()
	if s.trial != l {
		s.mu.Unlock()
		return errOver // it was closed meanwhile
	}
	s.trial, s.link, s.pending = nil, l, nil
	s.id, s.timeout = g.id, g.timeout
	s.evidence.Connected(l.connectSent, g.timeout)
	changed := s.setState(coord.Connected)
	s.mu.Unlock()
	close(changed)
	s.pool.greeted(g.timeout)
	s.log.Debug("connected", "server", l.server, "session", g.id, "timeout", g.timeout)
	return nil
}

// lose takes a link out of service. Whoever waits for an answer on it hears of that later, and then finds the state changed.
func (s *session) lose(l *link, reason error) {
	var changed chan struct{}
	s.mu.Lock()
	switch l {
	case s.trial:
		s.trial = nil
		s.failure = fmt.Errorf("%s: %w", l.server, reason)
	case s.link:
		s.link, s.pending = nil, nil
		s.evidence.Disconnected()
		if s.state == coord.Connected {
			changed = s.setState(coord.Suspended)
		}
	}
	s.mu.Unlock()
	if changed != nil {
		close(changed)
	}
	s.log.Debug("connection ended", "server", l.server, "reason", reason)
}

// sending notes a request that is about to be written, and returns whether it shall ask for a watch.
func (s *session) sending(l *link, frame []byte) (watch bool, err error) {
	head, err := decodeRequest(frame)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	r := request{requestHead: head, sent: clock.Now()}
	r.basis = s.evidence.Basis(r.sent)
	if head.op != opPing {
		r.call, s.queued = s.queued, nil
	}
	if s.link == l {
		s.pending = append(s.pending, r)
	}
	if r.call != nil {
		watch = r.call.watch && !r.call.givenUp
	}
	s.mu.Unlock()
	switch {
	case r.call != nil:
		<-s.slot // the next call may follow
	case head.op != opPing:
		return false, fmt.Errorf("request %d of type %d was made by nobody", head.xid, head.op)
	}
	return watch, nil
}

// answered notes the answer to a call or a ping before go-zookeeper sees it.
func (s *session) answered(l *link, r reply) error {
	switch r.code {
	case codeSessionExpired:
		s.expire()
		return errExpired
	case codeSessionMoved:
		return errors.New("the session has moved to another server")
	}
	s.pool.served()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != l {
		return errOver
	}
	q, err := s.match(r.xid)
	if err != nil {
		return err
	}
	s.evidence.Answered(q.sent, clock.Now())
	if q.call == nil {
		return nil
	}
	if r.code == codeOK {
		if err := checkShape(q.op, r.body); err != nil {
			return err
		}
	}
	if r.succeeded(q.op) {
		s.evidence.Succeeded(q.basis)
	}
	s.zxid = max(s.zxid, r.zxid)
	if kind, armed := kindOf(q.op, r.code); armed && q.call.watch && !q.call.givenUp {
		q.call.armed = s.watches.arm(watchKey{kind, q.call.path})
	}
	return nil
}

// match takes the request that was answered off the pending ones, with mu held. Calls are answered in order, so another number
// than the next means that an answer has been lost, and with it the call's outcome. A ping may overtake.
func (s *session) match(xid int32) (request, error) {
	for i, q := range s.pending {
		if q.xid == xid {
			s.pending = append(s.pending[:i], s.pending[i+1:]...)
			return q, nil
		}
		if q.call != nil && xid != xidPing {
			break
		}
	}
	return request{}, fmt.Errorf("%w: an answer to request %d, which is not the next", errProtocol, xid)
}

// notify ends the watches that an event is for.
func (s *session) notify(event coord.Event) {
	s.mu.Lock()
	fired := s.watches.fire(event)
	s.mu.Unlock()
	event.Path = s.outside(event.Path)
	for _, w := range fired {
		w.end(event, true)
	}
}

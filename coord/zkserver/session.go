package zkserver

import (
	"crypto/rand"
	"crypto/subtle"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// session is what the server itself keeps of a session; its nodes are the tree's, its deadline the tracker's.
type session struct {
	id       coord.SessionID
	password wire.Password
	conn     *conn // nil while the client is away
	cut      bool  // by Cut
}

// firstSession is the number before the first session id. Ids are positive, have the number of a server in the first byte, and start
// where no id of an earlier server is, just as zxids do.
func firstSession(start coord.Zxid) coord.SessionID {
	const serverShift = 56
	return 1<<serverShift | coord.SessionID(start<<6)&(1<<serverShift-1)
}

// greet answers a connect request and queues the answer. The error says that there is none to give.
func (s *Server) greet(c *conn, r wire.ConnectRequest, fault *Injected) (wire.ConnectReply, error) {
	s.mu.Lock()
	defer s.unlock()
	if c.over {
		return wire.ConnectReply{}, errSessionOver
	}
	c.countReceived()
	if fault != nil && fault.fault.Do == LoseRequest {
		s.notePath(Entry{Kind: Requested, Peer: c.peer, Session: r.Session, Zxid: s.tree.Zxid(), Fault: LoseRequest}, opConnect, nil)
		return wire.ConnectReply{}, errLost
	}
	if r.LastZxid > s.tree.Zxid() {
		return wire.ConnectReply{}, errAhead
	}
	reply := s.openOrResume(c, r)
	reply.HasReadOnly = r.HasReadOnly
	return reply, s.sendGreeting(c, reply, fault)
}

// openOrResume gives the connection the session that it asks for. If it may not have it, the reply says so.
func (s *Server) openOrResume(c *conn, r wire.ConnectRequest) wire.ConnectReply {
	timeout := min(max(r.Timeout, s.cfg.MinTimeout), s.cfg.MaxTimeout)
	if r.Session == 0 {
		if len(s.sessions) >= s.cfg.MaxSessions {
			return wire.ConnectReply{}
		}
		return s.attach(c, s.open(timeout), timeout)
	}
	session := s.sessions[r.Session]
	if session == nil {
		return wire.ConnectReply{}
	}
	// As in ZooKeeper the older connection goes before the password is even looked at.
	if old := session.conn; old != nil {
		s.detach(old)
		s.doom(old)
	}
	if subtle.ConstantTimeCompare(session.password[:], r.Password) == 0 {
		return wire.ConnectReply{}
	}
	return s.attach(c, session, timeout)
}

func (s *Server) open(timeout time.Duration) *session {
	s.lastSession++
	session := &session{id: s.lastSession}
	_, _ = rand.Read(session.password[:]) // never fails
	s.sessions[session.id] = session
	s.txn.Now = s.ms(s.clock.Now())
	s.tree.OpenSession(&s.txn, session.id, int32(timeout/time.Millisecond))
	return session
}

// attach makes c the session's connection.
func (s *Server) attach(c *conn, session *session, timeout time.Duration) wire.ConnectReply {
	session.conn, c.session = c, session
	s.alive.Add(session.id, int64(timeout), int64(s.clock.Now()))
	deadline, _ := s.alive.Deadline(session.id)
	s.setAlarm(coord.Instant(deadline))
	return wire.ConnectReply{Timeout: timeout, Session: session.id, Password: session.password}
}

// detach separates a connection from its session, if it has one. Answers that it has not sent yet it may still send.
func (s *Server) detach(c *conn) {
	if c.session == nil {
		return
	}
	c.session.conn = nil
	c.session = nil
	c.strangerSince = s.clock.Now()
	s.setAlarm(c.strangerSince.Add(greetingTimeout))
}

// expire ends a session and its connection.
func (s *Server) expire(session *session) {
	if c := s.end(session, Expired); c != nil {
		s.doom(c)
	}
}

// end removes a session and its nodes, and tells the watchers. It returns the connection that the session had.
func (s *Server) end(session *session, how Kind) *conn {
	c := session.conn
	s.note(Entry{Kind: how, Session: session.id})
	delete(s.sessions, session.id)
	s.alive.Remove(session.id)
	s.txn.Now, s.txn.Session, s.txn.Auth = s.ms(s.clock.Now()), 0, nil
	if err := s.tree.CloseSession(&s.txn, session.id); err != nil {
		panic("zkserver: session " + session.id.String() + " is not in the tree")
	}
	s.tell()
	if c != nil {
		s.detach(c)
	}
	return c
}

// ring is called by the alarm: it expires the sessions whose time has come, and drops connections that have been without one for too
// long.
func (s *Server) ring() {
	s.mu.Lock()
	s.alarm.cancel()
	if s.closed || s.stopped {
		s.unlock()
		return
	}
	now := s.clock.Now()
	expired := s.alive.Expire(nil, int64(now))
	for _, id := range expired {
		s.expire(s.sessions[id])
	}
	for _, c := range s.conns {
		s.wake(c, now)
	}
	s.sweep(now)
	if deadline, ok := s.alive.Next(); ok {
		s.setAlarm(coord.Instant(deadline))
	}
	s.unlock()
	for _, id := range expired {
		s.log.Info("session expired", "session", id)
	}
}

// setAlarm makes the alarm ring at that instant at the latest.
func (s *Server) setAlarm(at coord.Instant) {
	// Close waits for what is set, and has taken it back.
	if !s.closed {
		s.alarm.set(at)
	}
}

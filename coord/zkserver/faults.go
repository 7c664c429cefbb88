package zkserver

import (
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// The faults that a test, or a demonstration, can make happen to sessions, to connections and to the server as a whole; those that
// happen to single calls are in inject.go. Each is done when the call returns, and none outlasts the server.

// Target is one of those whom a fault happens to. Where none is named, it happens to all connections.
type Target struct {
	session coord.SessionID
	peer    string
}

// Session is the connection of a session, whose id may come from any client library. There is one at a time at most.
func Session[ID ~int64](id ID) Target { return Target{session: coord.SessionID(id)} }

// Peer is the connection whose other end has that address, as host:port.
func Peer(addr string) Target { return Target{peer: addr} }

func (t Target) means(c *conn) bool {
	if t.peer != "" {
		return c.peer == t.peer
	}
	return t.session != 0 && (c.session != nil && c.session.id == t.session || c.cut && c.asked == t.session)
}

// Sessions returns the ids of all sessions, in no order.
func (s *Server) Sessions() []coord.SessionID {
	s.mu.Lock()
	defer s.unlock()
	ids := make([]coord.SessionID, 0, len(s.sessions))
	for id := range s.sessions {
		ids = append(ids, id)
	}
	return ids
}

// ExpireSession ends a session now, as if nothing had been heard of it for its timeout: its ephemeral nodes go, its connection is
// closed without a word, and its client is refused when it comes back. It reports whether there was such a session.
func (s *Server) ExpireSession(id coord.SessionID) bool {
	s.mu.Lock()
	defer s.unlock()
	session := s.sessions[id]
	if session == nil {
		return false
	}
	s.expire(session)
	return true
}

// Drop closes connections, as a server does that shuts down in good order, and returns how many. What has been sent
// arrives, unless the client is sending as well. Sessions live on; clients may come back at once.
func (s *Server) Drop(whom ...Target) int {
	s.mu.Lock()
	defer s.unlock()
	return s.each(whom, s.hangUp)
}

// Reset closes connections as a machine does that has crashed and come back, and returns how many. What is on its way to the client may be
// lost. Sessions live on; clients may come back at once.
func (s *Server) Reset(whom ...Target) int {
	s.mu.Lock()
	defer s.unlock()
	return s.each(whom, s.abort)
}

// Cut makes the network silent, until Heal, and returns how many connections it has cut: these stay open, but nothing is read from them and
// nothing sent, so that clients notice by their own timeouts alone, and sessions that the server hears nothing of expire. What is sent
// meanwhile arrives after Heal, on either side.
//
// A connection that its client gives up meanwhile is there until Heal, for nobody tells the server.
//
// With a Session the client stays cut off when it comes back on another connection: from when it asks for its session, until that has
// ended. With nobody named new connections are cut as well.
func (s *Server) Cut(whom ...Target) int {
	s.mu.Lock()
	defer s.unlock()
	s.cutFuture(whom, true)
	cut := 0
	s.each(whom, func(c *conn) {
		if !c.cut {
			c.cutOff()
			cut++
		}
	})
	return cut
}

// Heal ends what Cut has begun for these, by whatever name, and returns how many connections were cut. With nobody named it ends all of it.
func (s *Server) Heal(whom ...Target) int {
	s.mu.Lock()
	defer s.unlock()
	s.cutFuture(whom, false)
	healed := 0
	s.each(whom, func(c *conn) {
		if c.cut {
			s.rejoin(c)
			healed++
		}
	})
	return healed
}

// cutFuture says whether connections will be cut that are yet to come.
func (s *Server) cutFuture(whom []Target, cut bool) {
	if len(whom) == 0 {
		s.cutAll = cut
		for _, session := range s.sessions {
			session.cut = false
		}
	}
	for _, t := range whom {
		if session := s.sessions[t.session]; session != nil {
			session.cut = cut
		}
	}
}

// Refuse makes the server, while on, reset new connections as soon as they are made. Those that are open stay: for a server that looks as
// if it were not there, Drop or Reset them next.
func (s *Server) Refuse(on bool) {
	s.mu.Lock()
	defer s.unlock()
	s.refusing, s.refuseUntil = on, 0
}

// RefuseFor is Refuse(true), and Refuse(false) when d has gone by on the server's clock.
func (s *Server) RefuseFor(d time.Duration) {
	s.mu.Lock()
	defer s.unlock()
	s.refusing, s.refuseUntil = true, s.clock.Now().Add(d)
}

// MoveSession makes a session look as if it were now at another server of the same ensemble: the next request on its connection gets the
// error "session moved" (-118), and then the connection is closed. The client may take its session up again on a new one. It reports
// whether the session had a connection.
//
// A real server closes the connection without an answer wherever it notices this (FinalRequestProcessor, ZOOKEEPER-710), for which there
// is Drop. The error gets to clients through transactions only; here they get it for every request.
func (s *Server) MoveSession(id coord.SessionID) bool {
	s.mu.Lock()
	defer s.unlock()
	session := s.sessions[id]
	if session == nil || session.conn == nil {
		return false
	}
	session.conn.moved = true
	s.detach(session.conn)
	return true
}

// each does something with the connections that are meant, and returns how many there were.
func (s *Server) each(whom []Target, do func(*conn)) int {
	n := 0
	for _, c := range s.conns {
		if c.over {
			continue
		}
		if len(whom) == 0 || slices.ContainsFunc(whom, func(t Target) bool { return t.means(c) }) {
			n++
			do(c)
		}
	}
	return n
}

func (s *Server) hangUp(c *conn) {
	s.detach(c)
	s.doom(c)
}

func (s *Server) abort(c *conn) {
	c.abort = true
	s.hangUp(c)
}

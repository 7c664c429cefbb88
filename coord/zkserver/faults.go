package zkserver

import "github.com/hamaster/hamaster/coord"

// The faults that a test, or a demonstration, can make happen. Each is done when the call returns, and none outlasts the server.

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
	if c := s.end(session); c != nil {
		s.doom(c)
	}
	return true
}

// DropConnections closes all connections and returns how many there were. Sessions live on; clients may come back at once.
func (s *Server) DropConnections() int {
	s.mu.Lock()
	defer s.unlock()
	return s.dropConnections()
}

// Refuse makes the server, while on, look as if it were not there: open connections are closed, new ones are reset as soon as they
// are made. Sessions go on expiring.
func (s *Server) Refuse(on bool) {
	s.mu.Lock()
	defer s.unlock()
	s.refusing = on
	if on {
		s.dropConnections()
	}
}

func (s *Server) dropConnections() int {
	for _, c := range s.conns {
		s.detach(c)
		s.doom(c)
	}
	return len(s.conns)
}

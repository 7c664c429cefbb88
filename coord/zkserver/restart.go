package zkserver

import (
	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// Stop makes the server do as if its process had been killed, until Restart: all connections are reset, new ones too, and nothing happens
// by itself. In particular no session expires, however long that lasts, for it is the server that expires them. (Behind Refuse the server
// goes on, and they do.)
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.unlock()
	if !s.stopped {
		s.note(Entry{Kind: Stopped})
		s.stop()
	}
}

func (s *Server) stop() {
	s.stopped = true
	s.each(nil, s.abort)
}

// Restart makes the server do as if its process had been killed and started again, in no time, at the same address; or, after Stop, as if it
// were started again. All connections are reset, and with them go watches and what clients have authenticated as.
//
// With keep, everything that a real server has on disk is there again: the nodes, and the sessions with their ephemeral nodes. As there,
// each session has the whole of the timeout that it was opened with to be taken up again in.
//
// Without keep, the server has lost its disk: no node and no session is left. Unlike a real one in that plight it does not count its
// transactions from the start again, since clients that have seen later ones would be turned away for ever: they find their
// sessions expired.
func (s *Server) Restart(keep bool) {
	s.mu.Lock()
	defer s.unlock()
	s.note(Entry{Kind: Restarted})
	s.stop()
	s.stopped = false
	s.stats = stats{}
	if keep {
		s.reviveSessions()
		return
	}
	clear(s.sessions)
	s.alive = ztree.NewTracker(int64(s.cfg.TickTime))
	s.tree = s.newTree(s.tree.Zxid())
}

// reviveSessions counts every session as just heard of, as a server does that has read them from disk.
func (s *Server) reviveSessions() {
	now := s.clock.Now()
	s.tree.Sessions(func(id coord.SessionID, timeout int32) bool {
		s.alive.Add(id, int64(timeout)*1e6, int64(now))
		return true
	})
	if deadline, ok := s.alive.Next(); ok {
		s.setAlarm(coord.Instant(deadline))
	}
	if s.sweepAt != 0 {
		s.setAlarm(s.sweepAt)
	}
}

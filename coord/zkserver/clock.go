package zkserver

import "time"

// Now is the service's time of day: that of the tree's timestamps. It goes with Config.Clock, and is what Advance moves.
func (s *Server) Now() time.Time { return time.UnixMilli(s.ms(s.clock.Now())) }

// Advance sets the server's clock forward by d, which must not be negative, and returns when everything has been done that fell due on
// the way, in order of time: sessions that have been silent for too long are gone, delayed requests and replies are on their way. The
// clock goes on from there as it did before; with a clock.Manual as Config.Clock it stands still between one call and the next.
//
// A client knows nothing of it: an Advance of more than its session timeout ends its session, however lively it is.
func (s *Server) Advance(d time.Duration) {
	end := s.clock.Now().Add(max(0, d))
	for {
		s.mu.Lock()
		at := s.alarm.at
		s.unlock()
		if at == 0 || at > end {
			break
		}
		s.clock.advanceTo(at)
		s.ring()
	}
	s.clock.advanceTo(end)
	// The alarm was set for a time that would now come later than it should.
	s.ring()
}

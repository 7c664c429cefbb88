package zkserver

import "github.com/hamaster/hamaster/coord"

// setSweep sets the alarm for the next look at containers and at nodes with a time to live, if there are any and it is not set. A server
// looks at fixed intervals from its start (ContainerManager). Whatever may have made such nodes calls it, under the lock.
func (s *Server) setSweep() {
	if s.sweepAt != 0 || s.tree.Perishable() == 0 {
		return
	}
	interval := s.cfg.ContainerInterval
	passed := s.clock.Now().Sub(s.startNow) / interval
	s.sweepAt = s.startNow.Add((passed + 1) * interval)
	s.setAlarm(s.sweepAt)
}

// sweep removes the nodes that have no reason to be there any more, if it is time to look for them: each in a transaction of its own, and
// of the nobody that the service is. It is called whenever the alarm rings, and sets it again.
func (s *Server) sweep(now coord.Instant) {
	if s.sweepAt == 0 {
		return
	}
	if now < s.sweepAt {
		s.setAlarm(s.sweepAt)
		return
	}
	s.sweepAt = 0
	s.txn.Now, s.txn.Session, s.txn.Auth = s.ms(now), 0, nil
	for _, path := range s.tree.Outlived(nil, s.txn.Now) {
		if err := s.tree.Reap(&s.txn, path); err != nil {
			panic("zkserver: " + path + " was to be removed: " + err.Error())
		}
		s.tell()
	}
	s.setSweep()
}

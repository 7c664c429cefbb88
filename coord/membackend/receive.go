package membackend

import (
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// This file is what a session does about what it receives. The methods down to end are carried out from the inbox, without the lock, and
// one at a time.

// welcomed: the service has taken the session up.
func (s *Session) welcomed(c *conn, id coord.SessionID, zxid coord.Zxid) {
	var changed chan struct{}
	isNew := false
	s.service.locked(func() {
		if s.conn != c || s.state.Final() {
			return
		}
		if isNew = s.id == 0; isNew {
			s.id = id
			s.alive = c.sent.Add(s.Timeout())
		}
		s.seen = max(s.seen, zxid)
		c.established = true
		c.handshake.cancel()
		s.pulse(c)
		changed = s.become(coord.Connected)
	})
	if changed != nil {
		close(changed)
	}
	if isNew {
		close(s.opened)
	}
}

// refused: the service does not know the session any more.
func (s *Session) refused(c *conn) {
	var current bool
	state := coord.Expired
	s.service.locked(func() {
		current = s.conn == c
		if s.closing {
			state = coord.Closed // The request to close has taken effect, or nearly so.
		}
	})
	if current {
		s.end(state)
	}
}

// answered: a call is over.
func (s *Session) answered(c *conn, k *call, err error, zxid coord.Zxid) {
	s.service.locked(func() {
		if c.gone {
			k = nil // It has been told that the connection was lost.
			return
		}
		c.pending = slices.Delete(c.pending, 0, 1)
		s.seen = max(s.seen, zxid)
		if err == nil {
			s.alive = max(s.alive, k.sent.Add(s.Timeout()))
		}
		k.armed = s.watches.arm(k.watch, err)
	})
	if k != nil {
		k.finish(err)
	}
}

// happened: a watched node has changed.
func (s *Session) happened(c *conn, e coord.Event) {
	var ended []armed
	s.service.locked(func() {
		if s.conn == c {
			ended = s.watches.take(e)
		}
	})
	for _, a := range ended {
		a.end(e, true)
	}
}

// lost: a connection is gone. One that stood is followed by another at once; after one that did not come about there is a pause.
func (s *Session) lost(c *conn) {
	var changed chan struct{}
	var pending []*call
	s.service.locked(func() {
		c.drop()
		if s.conn != c || s.state.Final() {
			return
		}
		s.conn = nil
		pending, c.pending = c.pending, nil
		changed = s.become(coord.Suspended)
		if c.established || c.hurry {
			s.dial()
			return
		}
		s.redial = s.timers.after(s.service.cfg.redialAfter(), s.dial)
	})
	if changed != nil {
		close(changed)
	}
	for _, k := range pending {
		k.finish(coord.ErrConnectionLoss)
	}
}

// end makes the session be over: its watches first, then the state, then the calls that still wait.
func (s *Session) end(state coord.State) {
	var watches []armed
	var pending []*call
	var over bool
	s.service.locked(func() {
		if over = s.state.Final(); !over {
			watches, pending = s.letGo()
		}
	})
	if over {
		return
	}
	for _, a := range watches {
		a.end(coord.Event{}, false)
	}
	var changed chan struct{}
	s.service.locked(func() { changed = s.become(state) })
	close(changed)
	for _, k := range pending {
		k.finish(coord.ErrConnectionLoss)
	}
	close(s.ended)
}

// letGo takes everything from the session that is under way, with the lock held.
func (s *Session) letGo() (watches []armed, pending []*call) {
	watches = s.watches.takeAll()
	if c := s.conn; c != nil {
		s.conn = nil
		pending, c.pending = c.pending, nil
		c.drop()
	}
	// What an earlier connection has sent must not arrive any more either.
	for _, c := range slices.Clone(s.link.conns) {
		if c.session == s {
			s.service.close(c)
		}
	}
	s.timers.close()
	delete(s.service.sessions, s)
	return watches, pending
}

// Reconnect is as in [coord.Session].
func (s *Session) Reconnect() {
	s.service.locked(func() {
		if s.state.Final() {
			return
		}
		c := s.conn
		if c == nil {
			s.redial.cancel()
			s.dial()
			return
		}
		c.hurry = true
		s.post(func() { s.lost(c) })
	})
}

// dial starts an attempt to connect, with the lock held.
func (s *Session) dial() {
	c := s.service.newConn(s)
	s.conn, s.redial = c, nil
	h := hello{id: s.id, since: s.seen}
	s.watches.bring(&h)
	c.handshake = s.timers.after(s.service.cfg.handshake(), func() { s.post(func() { s.lost(c) }) })
	c.requests.send(func() { s.service.accept(c, h) })
}

// pulse sends a ping when the connection has been silent on this side, gives it up when it has been on the other, and comes back for
// the next of both. The lock is held.
func (s *Session) pulse(c *conn) {
	if c.gone {
		return
	}
	cfg, now := s.service.cfg, s.now()
	if now.Sub(c.heard) >= cfg.patience() {
		s.post(func() { s.lost(c) })
		return
	}
	if now.Sub(c.sent) >= cfg.pingEvery() {
		c.sent = now
		c.requests.send(func() { s.service.servePing(c) })
	}
	next := min(c.sent.Add(cfg.pingEvery()), c.heard.Add(cfg.patience()))
	s.timers.after(next.Sub(now), func() { s.pulse(c) })
}

// become changes the state, with the lock held, and returns the channel to close once it is released, or nil.
func (s *Session) become(state coord.State) chan struct{} {
	if s.state == state {
		return nil
	}
	old := s.changed
	s.state, s.changed = state, make(chan struct{})
	return old
}

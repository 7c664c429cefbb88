package membackend

import (
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// conn is one connection. Either end can let go of it alone. All methods need the service's lock.
type conn struct {
	id       ztree.Watcher
	session  *Session
	requests pipe
	replies  pipe

	// The service's end.
	speaksFor coord.SessionID // 0 before the handshake
	closed    bool            // by the service

	// The client's end.
	established bool
	hurry       bool    // when it is lost, dial again without a pause
	gone        bool    // given up by the client
	pending     []*call // sent and not answered, in order
	sent, heard coord.Instant
	handshake   *timer
}

// hello is a connect request: what a client says of itself, and the watches it wants to keep.
type hello struct {
	id                 coord.SessionID // 0 for a new session
	since              coord.Zxid
	data, exist, child []string
}

func (v *Service) newConn(s *Session) *conn {
	v.lastConn++
	c := &conn{
		id: v.lastConn, session: s, sent: s.now(), heard: s.now(),
		requests: pipe{session: s, way: Requests}, replies: pipe{session: s, way: Replies},
	}
	s.link.conns = append(s.link.conns, c)
	return c
}

// accept is the service's side of the handshake.
func (v *Service) accept(c *conn, h hello) {
	switch {
	case c.closed || c.gone:
		return
	case v.down:
		v.hangUp(c)
		return
	}
	id, ok := v.identify(h.id)
	if !ok {
		c.replies.send(func() { c.session.post(func() { c.session.refused(c) }) })
		v.hangUp(c)
		return
	}
	if old := v.attached[id]; old != nil {
		v.hangUp(old)
	}
	c.speaksFor = id
	v.attached[id], v.watchers[c.id] = c, c
	v.notify(v.watches.Rearm(nil, v.tree, c.id, h.since, h.data, h.exist, h.child))
	zxid := v.tree.Zxid()
	c.replies.send(func() {
		c.heard = c.session.now()
		c.session.post(func() { c.session.welcomed(c, id, zxid) })
	})
}

// identify returns the session that a connect request is for, a new one if it names none, or false if it is over.
func (v *Service) identify(id coord.SessionID) (coord.SessionID, bool) {
	if id != 0 {
		return id, v.tracker.Touch(id, v.now())
	}
	v.lastID++
	id = v.lastID
	_ = v.write(0, func(x *ztree.Txn) error { v.tree.OpenSession(x, id, v.cfg.timeoutMillis()); return nil })
	v.tracker.Add(id, int64(v.cfg.SessionTimeout), v.now())
	v.watchExpiry()
	return id, true
}

// serve carries out a call that has arrived, and sends the reply.
func (v *Service) serve(c *conn, k *call) {
	if !v.hears(c) {
		return
	}
	err := k.apply(c)
	if k.loseReply {
		v.reset(c)
		return
	}
	zxid := v.tree.Zxid()
	c.replies.send(func() {
		c.heard = c.session.now()
		c.session.post(func() { c.session.answered(c, k, err, zxid) })
	})
	if k.last {
		v.hangUp(c)
	}
}

func (v *Service) servePing(c *conn) {
	if v.hears(c) {
		c.replies.send(func() { c.heard = c.session.now() })
	}
}

// hears notes a sign of life, and reports whether the connection still stands.
func (v *Service) hears(c *conn) bool {
	return !c.closed && v.tracker.Touch(c.speaksFor, v.now())
}

func (c *conn) sendEvent(e coord.Event) {
	c.replies.send(func() {
		c.heard = c.session.now()
		c.session.post(func() { c.session.happened(c, e) })
	})
}

// hangUp closes the service's end. The client learns of it after everything that was sent before.
func (v *Service) hangUp(c *conn) {
	if c.closed {
		return
	}
	v.close(c)
	c.replies.send(func() { c.session.post(func() { c.session.lost(c) }) })
}

// reset closes the service's end, and the client knows at once; what was under way is lost.
func (v *Service) reset(c *conn) {
	v.close(c)
	c.replies.clear()
	c.session.post(func() { c.session.lost(c) })
}

func (v *Service) close(c *conn) {
	c.closed = true
	c.requests.clear()
	v.watches.Drop(c.id)
	delete(v.watchers, c.id)
	if v.attached[c.speaksFor] == c {
		delete(v.attached, c.speaksFor)
	}
	c.retire()
}

// drop gives up the client's end. What has been sent may still arrive, until the session speaks over another connection.
func (c *conn) drop() {
	c.gone = true
	c.handshake.cancel()
	c.replies.clear()
	if c.speaksFor == 0 {
		c.closed = true // the service has never heard of it
		c.requests.clear()
	}
	c.retire()
}

// retire forgets a connection that both ends have let go of.
func (c *conn) retire() {
	if c.closed && c.gone {
		link := c.session.link
		link.conns = slices.DeleteFunc(link.conns, func(other *conn) bool { return other == c })
	}
}

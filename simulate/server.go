package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// server is one of the service's. The one that leads serves from the world's own tree, the others from theirs, which lags behind.
type server struct {
	up      bool
	role    serverRole
	life    uint32 // counts how often it has joined a leader: what is of an earlier one is late
	member  bool   // the leader counts on it
	tree    ztree.Tree
	applied int // entries of the log
	allowed int // entries that it knows to be committed
	watches ztree.Watches

	heard []sign // of whom, since the last answer to the leader's ping
	told  []sign // what such answers that are under way hold

	toLeader   pipe[relayed]
	fromLeader pipe[relayed]
	restUntil  coord.Instant // until when its way to the others rests
	cutUntil   coord.Instant // until when it cannot join them
	lagUntil   coord.Instant
}

type serverRole uint8

const (
	looking serverRole = iota // and serving nobody
	following
	leading // or so it believes
)

// sign is a sign of life, as one server passes it on.
type sign struct {
	session coord.SessionID
	timeout time.Duration
}

// replica is the tree that a server serves from.
func (w *World) replica(i int16) *ztree.Tree {
	if i == w.leader {
		return &w.tree
	}
	return &w.servers[i].tree
}

// serves reports whether a server takes connections.
func (s *server) serves() bool { return s.up && s.role != looking }

// arrive is a server's part when a message comes in.
func (w *World) arrive(c *conn, r *request) {
	switch {
	case !c.serverOpen || r.kind == lost:
		return
	case r.kind == hungUp:
		w.drop(c)
		return
	}
	s := &w.servers[c.server]
	if c.session != 0 {
		w.signOfLife(s, c)
	}
	if c.waiting {
		*c.backlog.next() = *r
		return
	}
	w.serve(s, c, r)
}

func (w *World) serve(s *server, c *conn, r *request) {
	switch r.kind {
	case askConnect:
		w.admit(s, c, r)
	case askPing:
		w.say(c, saidPong)
	case askWatches:
		w.rearm(s, c, r)
	case askClose:
		w.relay(s, c, &relayed{kind: relayEnd, session: c.session})
	case askCall:
		if k := r.call.Kind; k == election.CallGet || k == election.CallChildren {
			w.read(s, c, r)
			return
		}
		w.relay(s, c, &relayed{kind: relayWrite, session: c.session, call: r.call, fence: r.fence})
	}
}

// goOn takes up what waited behind a write.
func (w *World) goOn(s *server, c *conn) {
	c.waiting = false
	for !c.waiting && c.serverOpen && c.backlog.len() > 0 {
		r := c.backlog.first()
		c.backlog.drop()
		w.serve(s, c, r)
	}
}

// admit answers a connect request, once the leader has said what it knows of the session.
func (w *World) admit(s *server, c *conn, r *request) {
	if r.zxid > w.replica(c.server).Zxid() {
		w.drop(c) // the client has seen what this server has not
		return
	}
	c.timeout = min(r.timeout, w.grants[c.server])
	kind := relayOpen
	if r.session != 0 {
		kind = relayVerify
	}
	w.relay(s, c, &relayed{kind: kind, session: r.session, timeout: c.timeout})
}

// admitted answers the client.
func (w *World) admitted(c *conn, session coord.SessionID) {
	if session == 0 {
		w.say(c, saidExpired)
		w.drop(c)
		return
	}
	for i := range w.conns { // an older connection of the session to this server is closed
		if o := &w.conns[i]; o.serverOpen && o.session == session && o.server == c.server && o != c {
			w.drop(o)
		}
	}
	c.session = session
	r := w.say(c, saidConnected)
	r.session, r.timeout = session, c.timeout
}

func (w *World) rearm(s *server, c *conn, r *request) {
	tree := w.replica(c.server)
	w.notices = w.notices[:0]
	for _, a := range r.watches {
		var data, child []string
		if a.child {
			child = []string{a.path}
		} else {
			data = []string{a.path}
		}
		w.notices = s.watches.Rearm(w.notices, tree, ztree.Watcher(c.id), r.zxid, data, nil, child)
	}
	w.notify()
	w.say(c, saidArmed)
}

// notify sends the notices out.
func (w *World) notify() {
	for _, n := range w.notices {
		if c := w.connOf(uint32(n.To)); c != nil && c.serverOpen {
			w.say(c, saidEvent).event = n.Event
		}
	}
	w.notices = w.notices[:0]
}

func (w *World) read(s *server, c *conn, r *request) {
	if !s.member {
		w.mark(ServedStale)
	}
	tree := w.replica(c.server)
	a := w.say(c, saidReply)
	kind := ztree.DataWatch
	if r.call.Kind == election.CallGet {
		a.reply.data, a.reply.stat, a.reply.err = tree.Get(r.call.Path, nil)
	} else {
		kind = ztree.ChildWatch
		a.reply.names, a.reply.stat, a.reply.err = tree.Children(nil, r.call.Path, nil)
	}
	a.zxid = tree.Zxid()
	if r.call.Watch && a.reply.err == nil {
		s.watches.Arm(ztree.Watcher(c.id), r.call.Path, kind)
	}
}

// answerWrite gives a client what its write gave, on the server that it is connected to, when that server has carried it out.
func (w *World) answerWrite(s *server, c *conn, e *entry) {
	switch e.kind {
	case relayOpen:
		c.waiting = false
		w.admitted(c, e.session)
	case relayEnd:
		w.say(c, saidBye)
		w.drop(c)
		return
	default:
		r := w.say(c, saidReply)
		r.reply, r.zxid = e.reply, e.zxid
	}
	w.goOn(s, c)
}

// part ends a server's service: it has lost its leader, or is down.
func (w *World) part(i int16) {
	s := &w.servers[i]
	s.role, s.member = looking, false
	s.life++
	s.toLeader.reset()
	s.fromLeader.reset()
	s.heard, s.told = s.heard[:0], s.told[:0]
	for k := range w.conns {
		if c := &w.conns[k]; c.serverOpen && c.server == i {
			w.drop(c)
		}
	}
}

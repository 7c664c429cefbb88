package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/lease"
	"github.com/hamaster/hamaster/ha/election"
)

// session is what a node's client library knows of its session. It does as package zkbackend does, go-zookeeper beneath it included.
type session struct {
	id       coord.SessionID // 0 until a server has opened it
	state    coord.State
	changes  uint32 // of the state
	timeout  time.Duration
	evidence lease.Evidence
	zxid     coord.Zxid // the last seen in an answer to a call

	conn   uint32 // 0: none
	server int16  // tried last
	fails  int    // attempts since a server last served
	misses int    // attempts since a greeting

	connectSent coord.Instant // local
	pending     pipe[pending]
	armed       []armed
	over        bool
}

// pending is a call or ping that was sent and not answered.
type pending struct {
	call   election.CallID // 0 for a ping, or a role's transaction
	kind   election.CallKind
	path   string
	ping   bool
	watch  bool
	fenced bool
	sent   coord.Instant // local, as the basis of what it proves if it is a write
	basis  coord.Instant
}

// armed is a watch.
type armed struct {
	path    string
	child   bool
	call    election.CallID
	awaited bool // the machine has the answer to the read; before that it is told of nothing
	fired   coord.EventType
}

// open begins a new session.
func (w *World) open(n *node) {
	s := &n.session
	pending, watches := s.pending, s.armed[:0]
	pending.reset()
	*s = session{state: coord.Suspended, timeout: w.timeout, pending: pending, armed: watches, changes: s.changes + 1}
	s.evidence.Drift = lease.DefaultDrift
	if w.known {
		s.evidence.Tick = w.tick
	}
	s.server = int16(w.choose.Choose(len(w.servers), Backoff))
	n.opening = true
	w.tryNext(n)
}

// tryNext is the next attempt to connect: when, and for how long, is as zkbackend's pool has it.
func (w *World) tryNext(n *node) {
	s := &n.session
	servers := len(w.servers)
	s.server = (s.server + 1) % int16(servers)
	pause := time.Duration(0)
	if s.fails >= servers && s.fails%servers == 0 {
		longest := min(500*time.Millisecond, s.timeout/12)
		pause = min(10*time.Millisecond<<min(s.fails/servers-1, 10), longest)
		pause = pause/2 + pause/8*time.Duration(w.choose.Choose(4, Backoff))
	}
	survivable := max(1, (servers-1)/2-1)
	patience := min(s.timeout/6/time.Duration(survivable), time.Second)
	patience = min(max(patience, time.Millisecond)<<min(s.misses/servers, 10), s.timeout/2)
	s.fails++
	s.misses++
	n.attempt++
	w.after(pause+2*w.delay(n), evDial, n.index, n.attempt)
	w.after(pause+patience, evPatience, n.index, n.attempt)
}

// dialled: the server has taken the connection, or has refused it, or nothing is heard of it.
func (w *World) dialled(n *node, e *event) {
	s := &n.session
	l := &n.links[s.server]
	if until := max(l.upCut, l.downCut); w.now < until {
		w.at(until, e.kind, e.who, e.arg)
		return
	}
	if !w.servers[s.server].serves() {
		w.tryNext(n)
		return
	}
	c := w.connect(n.index, s.server)
	s.conn = c.id
	s.connectSent = n.local(w.now)
	r := w.ask(c, askConnect)
	r.session, r.timeout, r.zxid = s.id, s.timeout, s.zxid
}

// giveUp ends an attempt to connect that takes too long.
func (w *World) giveUp(n *node) {
	switch c := w.connOf(n.session.conn); {
	case n.session.conn == 0 && !n.session.over:
		w.tryNext(n)
	case c != nil && c.phase != serving:
		w.hangUp(c)
	}
}

// hear is a node's part when a message comes in.
func (w *World) hear(c *conn, r *response) {
	n := &w.nodes[c.node]
	s := &n.session
	if !c.clientOpen || s.conn != c.id {
		return
	}
	c.heard = w.now
	switch r.kind {
	case saidConnected:
		w.greeted(n, c, r)
	case saidArmed:
		w.connected(n, c)
	case saidExpired:
		w.expire(n)
	case saidPong:
		w.pong(n, c)
	case saidReply:
		w.answered(n, c, r)
	case saidEvent:
		w.fired(n, r.event)
	case saidBye:
		s.over = true
		w.hangUp(c)
	case dropped:
		w.hangUp(c)
	}
}

func (w *World) greeted(n *node, c *conn, r *response) {
	s := &n.session
	s.id, s.timeout = r.session, r.timeout
	if len(s.armed) == 0 {
		w.connected(n, c)
		return
	}
	c.phase = arming
	q := w.ask(c, askWatches)
	q.zxid = s.zxid
	for _, a := range s.armed {
		if a.fired == 0 {
			q.watches = append(q.watches, a)
		}
	}
}

// connected puts a connection into service.
func (w *World) connected(n *node, c *conn) {
	s := &n.session
	c.phase = serving
	s.misses = 0
	s.evidence.Connected(s.connectSent, s.timeout)
	s.setState(coord.Connected)
	w.at(n.clock.reaches(n.local(w.now).Add(s.timeout/3)), evPing, n.index, c.id)
	w.at(n.clock.reaches(n.local(w.now).Add(s.timeout*2/3)), evSilence, n.index, c.id)
	switch {
	case n.opening:
		n.opening = false
		w.post(n, item{kind: itemOpened})
	case n.done:
		w.ask(c, askClose)
	default:
		w.post(n, item{kind: itemState})
	}
}

func (s *session) setState(state coord.State) { s.state, s.changes = state, s.changes+1 }

// lostConn is a node's part when its connection is over.
func (w *World) lostConn(c *conn) {
	n := &w.nodes[c.node]
	s := &n.session
	if s.conn != c.id {
		return
	}
	s.conn = 0
	if c.phase == serving {
		s.evidence.Disconnected()
		if s.state == coord.Connected {
			s.setState(coord.Suspended)
		}
		for s.pending.len() > 0 {
			p := s.pending.first()
			s.pending.drop()
			if p.call != 0 {
				w.post(n, item{event: election.Event{Kind: election.Reply, Call: p.call, Err: s.unavailable()}})
			}
		}
		w.post(n, item{kind: itemState})
	}
	if !s.over && n.up {
		w.tryNext(n)
	}
}

// expire: the service has said that it does not know the session any more.
func (w *World) expire(n *node) {
	s := &n.session
	s.over = true
	s.setState(coord.Expired)
	s.armed = s.armed[:0]
	if c := w.connOf(s.conn); c != nil {
		w.hangUp(c)
	}
	w.post(n, item{kind: itemState})
}

package simulate

import (
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// ensemble is what the servers have in common: what is committed, and what the one that leads knows.
type ensemble struct {
	leader  int16  // -1: none
	epoch   uint32 // counts leaders, and their ends
	tree    ztree.Tree
	txn     ztree.Txn
	log     []entry // what was committed, from logBase on
	logBase int
	tracker ztree.Tracker
	silent  []coord.SessionID
	stuck   []relayed // writes at a leader that has no quorum for the moment
}

func (s *ensemble) init(o *setup) {
	s.leader = -1
	s.tracker = ztree.NewTracker(int64(o.tick))
	ztree.New(ztree.Options{}).CloneInto(&s.tree)
}

// owner is who opened a session, and the connection that its writes come by.
type owner struct {
	node    int16
	life    uint32
	conn    uint32
	timeout time.Duration // as first granted

	candidate coord.Zxid // when its candidate node was made, the last one
}

type relayKind uint8

const (
	relayWrite relayKind = iota
	relayOpen
	relayEnd // of a session
	relayVerify
	relayPong
	relayPing
	relayCommit
	relayVerified
	relayMoved
)

// relayed is a message between a server and the leader.
type relayed struct {
	at      coord.Instant
	kind    relayKind
	fence   fence
	origin  int16
	conn    uint32
	session coord.SessionID
	timeout time.Duration
	index   int // of the log entry after the one that is committed; of a pong, how many signs of life it passes on
	call    election.Call
}

// entry is one transaction, and what it gave.
type entry struct {
	kind      relayKind
	effective bool // it changed something
	origin    int16
	conn      uint32
	session   coord.SessionID
	timeout   time.Duration
	wall      int64
	zxid      coord.Zxid
	call      election.Call
	reply     reply
}

func (w *World) relayDelay() time.Duration {
	return w.apart + w.apart/4*time.Duration(w.choose.Choose(4, RelayDelay))
}

// relay brings what a client asks for to the leader. Where that is out of reach nothing comes of it.
func (w *World) relay(s *server, c *conn, m *relayed) {
	c.waiting = true
	m.conn, m.origin = c.id, c.server
	switch {
	case c.server == w.leader:
		w.decide(m)
	case s.role == leading:
		// It does not know yet that it leads nobody. It confirms sessions, as far as it knows; what it proposes has no effect.
		if m.kind == relayVerify {
			known := m.session
			if _, ok := s.tree.Session(known); !ok {
				known = 0
			}
			c.waiting = false
			w.admitted(c, known)
		}
	case s.member:
		w.toLeader(s, c.server, m)
	}
}

func (w *World) toLeader(s *server, i int16, m *relayed) {
	m.at = w.now.Add(w.relayDelay())
	*s.toLeader.next() = *m
	if !s.toLeader.due {
		s.toLeader.due = true
		w.at(m.at, evRelayUp, i, s.life)
	}
}

func (w *World) fromLeader(i int16, m *relayed) {
	s := &w.servers[i]
	m.at = w.now.Add(w.relayDelay())
	*s.fromLeader.next() = *m
	if !s.fromLeader.due {
		s.fromLeader.due = true
		w.at(m.at, evRelayDown, i, s.life)
	}
}

// rests returns until when nothing gets through between a server and the leader.
func (w *World) rests(s *server) coord.Instant {
	if w.leader < 0 {
		return s.restUntil
	}
	return max(s.restUntil, w.servers[w.leader].restUntil)
}

// arrived returns the message that has come through between a server and the leader, and sees to the next one. It is nil if the server has died
// since, or nothing gets through for now.
func (w *World) arrived(e *event, s *server, way *pipe[relayed]) *relayed {
	if e.arg != s.life {
		return nil
	}
	if until := w.rests(s); w.now < until {
		w.at(until, e.kind, e.who, e.arg)
		return nil
	}
	m := way.first()
	way.drop()
	if way.due = way.len() > 0; way.due {
		w.at(way.first().at, e.kind, e.who, e.arg)
	}
	return m
}

func (w *World) relayUp(e *event) {
	s := &w.servers[e.who]
	m := w.arrived(e, s, &s.toLeader)
	if m == nil {
		return
	}
	if m.kind != relayPong {
		w.decide(m)
		return
	}
	for _, sign := range s.told[:m.index] {
		w.touch(sign)
	}
	s.told = s.told[:copy(s.told, s.told[m.index:])]
}

func (w *World) relayDown(e *event) {
	s := &w.servers[e.who]
	m := w.arrived(e, s, &s.fromLeader)
	if m == nil {
		return
	}
	switch m.kind {
	case relayPing:
		s.told = append(s.told, s.heard...)
		w.toLeader(s, e.who, &relayed{kind: relayPong, index: len(s.heard)})
		s.heard = s.heard[:0]
	case relayCommit:
		w.committed(s, e.who, m.index)
	case relayMoved:
		if c := w.connOf(m.conn); c != nil {
			w.drop(c)
		}
	case relayVerified:
		if c := w.connOf(m.conn); c != nil && c.serverOpen {
			c.waiting = false
			w.admitted(c, m.session)
			w.goOn(s, c)
		}
	}
}

// signOfLife notes that a session was heard of. A server that does not lead passes it on with its answer to the leader's next ping.
func (w *World) signOfLife(s *server, c *conn) {
	sign := sign{c.session, c.timeout}
	switch {
	case c.server == w.leader:
		w.touch(sign)
	case s.role == following && !slices.Contains(s.heard, sign):
		s.heard = append(s.heard, sign)
	}
}

func (w *World) touch(s sign) {
	if _, known := w.tracker.Deadline(s.session); known {
		w.tracker.Add(s.session, int64(s.timeout), int64(w.now))
	}
}

// leaderPing is every half tick.
func (w *World) leaderPing(e *event) {
	if e.arg != w.epoch || w.leader < 0 {
		return
	}
	for i := range w.servers {
		if w.servers[i].member && int16(i) != w.leader {
			w.fromLeader(int16(i), &relayed{kind: relayPing})
		}
	}
	w.after(w.tick/2+w.pingLate(), evLeaderPing, 0, e.arg)
}

// pingLate is by how much the leader's next pings come late. What else passes between it and its followers does not wait for them.
func (w *World) pingLate() time.Duration {
	if !w.has(LatePing) || w.calm {
		return 0
	}
	return w.restLimit() * time.Duration(w.choose.Choose(4, RelayDelay)) / 3
}

// expireSilent is every tick.
func (w *World) expireSilent(e *event) {
	if e.arg != w.epoch || w.leader < 0 {
		return
	}
	w.silent = w.tracker.Expire(w.silent[:0], int64(w.now))
	for _, id := range w.silent {
		w.propose(&relayed{kind: relayEnd, session: id, origin: -1})
	}
	w.after(w.tick, evExpiry, 0, e.arg)
}

// decide is the leader's part when a message of a server comes in.
func (w *World) decide(m *relayed) {
	if m.kind != relayVerify {
		if m.kind != relayOpen && w.sessions[m.session].conn != m.conn {
			w.moved(m)
			return
		}
		w.propose(m)
		return
	}
	if _, alive := w.tracker.Deadline(m.session); alive {
		w.sessions[m.session].conn = m.conn
		w.tracker.Add(m.session, int64(m.timeout), int64(w.now))
	} else {
		m.session = 0
	}
	if m.origin != w.leader {
		w.fromLeader(m.origin, &relayed{kind: relayVerified, conn: m.conn, session: m.session})
		return
	}
	if c := w.connOf(m.conn); c != nil && c.serverOpen {
		c.waiting = false
		w.admitted(c, m.session)
		w.goOn(&w.servers[m.origin], c)
	}
}

// moved refuses a write of a session that has moved to another connection. An abandoned connection's request may have been the last
// to arrive, so this may be the one that the client uses: it hears of it, and connects anew.
func (w *World) moved(m *relayed) {
	if m.origin != w.leader {
		w.fromLeader(m.origin, &relayed{kind: relayMoved, conn: m.conn})
		return
	}
	if c := w.connOf(m.conn); c != nil {
		w.drop(c)
	}
}

// quorate reports whether the leader reaches a quorum.
func (w *World) quorate() bool {
	n := 0
	for i := range w.servers {
		if s := &w.servers[i]; s.member && (int16(i) == w.leader && len(w.servers) == 1 || w.now >= w.rests(s)) {
			n++
		}
	}
	return n > len(w.servers)/2
}

// propose commits a transaction, now or when there is a quorum.
func (w *World) propose(m *relayed) {
	if len(w.stuck) > 0 || !w.quorate() {
		w.stuck = append(w.stuck, *m)
		return
	}
	w.commit(m)
}

// rested lets the writes go on that had no quorum.
func (w *World) rested() {
	if w.leader < 0 || len(w.stuck) == 0 || !w.quorate() {
		return
	}
	stuck := w.stuck
	w.stuck = nil
	for i := range stuck {
		w.commit(&stuck[i])
	}
	w.stuck = append(stuck[:0], w.stuck...)
}

package simulate

import (
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// commit carries a transaction out and tells every server. From here on it has happened.
func (w *World) commit(m *relayed) {
	if len(w.log) == cap(w.log) {
		w.trimLog()
	}
	w.log = append(w.log, entry{
		kind: m.kind, origin: m.origin, conn: m.conn, session: m.session, timeout: m.timeout, call: m.call,
		wall: (int64(w.now) + int64(w.wall)) / int64(time.Millisecond),
	})
	e := &w.log[len(w.log)-1]
	if m.kind == relayOpen {
		e.session = coord.SessionID(len(w.sessions))
		w.opened(m)
	}
	before := w.registerBefore(e)
	stray := w.stray(e, m.fence)
	deprived := w.deprived(e, stray && m.fence.token == 0)
	w.execute(e)
	switch {
	case !stray:
		w.observe(e, m.fence.token, before)
	case e.effective:
		w.excuse(e, deprived)
	}
	index := w.logBase + len(w.log)
	for i := range w.servers {
		if w.servers[i].member && int16(i) != w.leader {
			w.fromLeader(int16(i), &relayed{kind: relayCommit, index: index})
		}
	}
	w.publish(w.leader, e)
}

// opened makes a new session known.
func (w *World) opened(m *relayed) {
	id := coord.SessionID(len(w.sessions))
	o := owner{node: -1, conn: m.conn, timeout: m.timeout}
	if c := w.connOf(m.conn); c != nil {
		o.node, o.life = c.node, w.nodes[c.node].life
	}
	w.sessions = append(w.sessions, o)
	w.tracker.Add(id, int64(m.timeout), int64(w.now))
}

// execute carries a transaction out on the committed tree, and notes what it gave. The changes are in w.txn.
func (w *World) execute(e *entry) {
	x := &w.txn
	x.Now, x.Session = e.wall, e.session
	switch e.kind {
	case relayOpen:
		w.tree.OpenSession(x, e.session, int32(e.timeout/time.Millisecond))
		e.effective = true
	case relayEnd:
		x.Session = 0
		e.reply.err = w.tree.CloseSession(x, e.session)
		w.tracker.Remove(e.session)
		e.effective = e.reply.err == nil
	default:
		e.reply = execute(&w.tree, x, &e.call)
		e.effective = len(x.Changes) > 0
	}
	e.zxid = x.Zxid
}

func execute(tree *ztree.Tree, x *ztree.Txn, c *election.Call) reply {
	var r reply
	switch c.Kind {
	case election.CallCreate:
		r.path, r.stat, r.err = tree.Create(x, c.Path, c.Data, c.Mode, nil)
	case election.CallSet:
		r.stat, r.err = tree.Set(x, c.Path, c.Data, c.Version)
	case election.CallDelete:
		r.err = tree.Delete(x, c.Path, c.Version)
	case election.CallMulti:
		results, _, err := tree.Multi(x, c.Ops)
		if r.err = err; err == nil {
			r.stat = results[len(results)-1].Stat
		}
	default:
		panic(fmt.Sprintf("simulate: %+v is no write", c))
	}
	return r
}

// publish is a server's part when it has carried a transaction out, with the changes in w.txn: those who watch are told, and then
// whoever asked is answered, which may lead to the next transaction.
func (w *World) publish(i int16, e *entry) {
	s := &w.servers[i]
	if len(w.txn.Changes) > 0 && s.watches.Len() > 0 {
		w.notices = s.watches.Trigger(w.notices[:0], w.txn.Changes...)
		w.notify()
	}
	if e.kind == relayEnd && e.effective {
		for k := range w.conns {
			if c := &w.conns[k]; c.serverOpen && c.server == i && c.session == e.session && (c.id != e.conn || e.origin != i) {
				w.drop(c)
			}
		}
	}
	if e.origin == i {
		if c := w.connOf(e.conn); c != nil && c.serverOpen {
			w.answerWrite(s, c, e)
		}
	}
}

// committed tells a server how far it may go.
func (w *World) committed(s *server, i int16, index int) {
	s.allowed = max(s.allowed, index)
	if late := w.behind(s, i); late > 0 {
		w.after(late, evApply, i, s.life)
		return
	}
	w.catchUp(s, i)
}

// behind is how long a server takes until it carries out what it knows to be committed. Where servers lag, one of them always does a
// little.
func (w *World) behind(s *server, i int16) time.Duration {
	switch {
	case w.now < s.lagUntil:
		return s.lagUntil.Sub(w.now) * time.Duration(1+w.choose.Choose(4, RelayDelay)) / 4
	case w.has(Lag) && !w.calm && int(i) == w.laggard:
		return w.timeout / 64 * time.Duration(w.choose.Choose(4, RelayDelay))
	}
	return 0
}

func (w *World) applyLate(e *event) {
	if s := &w.servers[e.who]; s.life == e.arg {
		w.catchUp(s, e.who)
	}
}

// catchUp carries out, on a server's own tree, what it knows to be committed.
func (w *World) catchUp(s *server, i int16) {
	for life := s.life; s.life == life && s.applied < s.allowed; s.applied++ {
		e := &w.log[s.applied-w.logBase]
		x := &w.txn
		x.Now, x.Session = e.wall, e.session
		switch {
		case !e.effective:
			x.Session = 0
			_ = s.tree.Check(x, "/", coord.AnyVersion) // it took a number
		case e.kind == relayOpen:
			s.tree.OpenSession(x, e.session, int32(e.timeout/time.Millisecond))
		case e.kind == relayEnd:
			x.Session = 0
			_ = s.tree.CloseSession(x, e.session)
		default:
			execute(&s.tree, x, &e.call)
		}
		if x.Zxid != e.zxid {
			w.fail("server %d is at %v after transaction %v", i, x.Zxid, e.zxid)
		}
		w.publish(i, e)
	}
}

// trimLog forgets what every server has.
func (w *World) trimLog() {
	first := w.logBase + len(w.log)
	for i := range w.servers {
		if s := &w.servers[i]; s.member && int16(i) != w.leader {
			first = min(first, s.applied)
		}
	}
	n := copy(w.log, w.log[first-w.logBase:])
	clear(w.log[n:])
	w.log, w.logBase = w.log[:n], first
}

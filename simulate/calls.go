package simulate

import (
	"errors"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// Pings, calls and watches of a connection that serves.

// ping is sent at a steady third of the timeout.
func (w *World) ping(n *node) {
	s := &n.session
	c := w.connOf(s.conn)
	now := n.local(w.now)
	w.ask(c, askPing)
	*s.pending.next() = pending{ping: true, sent: now}
	w.at(n.clock.reaches(now.Add(s.timeout/3)), evPing, n.index, c.id)
}

// silence: when nothing has been heard for two thirds of the timeout the connection is given up.
func (w *World) silence(n *node) {
	s := &n.session
	c := w.connOf(s.conn)
	due := n.clock.reaches(n.local(c.heard).Add(s.timeout * 2 / 3))
	if w.now < due {
		w.at(due, evSilence, n.index, c.id)
		return
	}
	w.hangUp(c)
}

func (w *World) pong(n *node, c *conn) {
	s := &n.session
	for i := s.pending.head; i < len(s.pending.items); i++ {
		if p := &s.pending.items[i]; p.ping {
			s.evidence.Answered(p.sent, n.local(w.now))
			s.pending.remove(i)
			s.fails = 0
			return
		}
	}
	w.fail("node %d: an answer to no ping", c.node)
}

// call sends one of the machine's calls; or a role's transaction, with its fencing token.
func (w *World) call(n *node, call *election.Call, token coord.Zxid) {
	s := &n.session
	c := w.connOf(s.conn)
	if c == nil || c.phase != serving {
		if token == 0 {
			w.post(n, item{event: election.Event{Kind: election.Reply, Call: call.ID, Err: s.unavailable()}})
		}
		return
	}
	now := n.local(w.now)
	r := w.ask(c, askCall)
	r.call, r.fence = *call, fence{token, token != 0 && n.role != roleOn}
	*s.pending.next() = pending{call: call.ID, kind: call.Kind, path: call.Path, watch: call.Watch, fenced: token != 0, sent: now, basis: s.evidence.Basis(now)}
}

func (s *session) unavailable() error {
	if s.state == coord.Expired {
		return coord.ErrSessionExpired
	}
	return coord.ErrConnectionLoss
}

// answered takes the answer to the oldest call.
func (w *World) answered(n *node, c *conn, r *response) {
	s := &n.session
	i := s.pending.head
	for i < len(s.pending.items) && s.pending.items[i].ping {
		i++
	}
	if i == len(s.pending.items) {
		w.fail("node %d: an answer to no call", c.node)
		return
	}
	p := s.pending.items[i]
	if errors.Is(r.reply.err, coord.ErrSessionExpired) {
		w.expire(n)
		return
	}
	s.pending.remove(i)
	s.fails = 0
	s.evidence.Answered(p.sent, n.local(w.now))
	if r.reply.err == nil && p.kind != election.CallGet && p.kind != election.CallChildren {
		s.evidence.Succeeded(p.basis)
	}
	s.zxid = max(s.zxid, r.zxid)
	if p.watch && r.reply.err == nil {
		s.armed = append(s.armed, armed{path: p.path, child: p.kind == election.CallChildren, call: p.call})
	}
	if p.fenced {
		w.fencedAnswer(n, r.reply.err)
		return
	}
	w.bring(n, item{event: election.Event{
		Kind: election.Reply, Call: p.call, Err: r.reply.err,
		Path: r.reply.path, Data: r.reply.data, Stat: r.reply.stat, Names: r.reply.names,
	}})
}

// fired ends the watches that an event is for.
func (w *World) fired(n *node, e coord.Event) {
	s := &n.session
	kept := s.armed[:0]
	for _, a := range s.armed {
		switch {
		case a.fired != 0 || a.path != e.Path || a.child && e.Type == coord.DataChanged || !a.child && e.Type == coord.ChildrenChanged:
		case a.awaited:
			w.post(n, item{event: election.Event{Kind: election.WatchFired, Call: a.call, Change: e.Type}})
			continue
		default:
			a.fired = e.Type
		}
		kept = append(kept, a)
	}
	s.armed = kept
}

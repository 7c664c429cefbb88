package simulate

import (
	"slices"

	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// Clone returns an independent copy that asks c from now on. It keeps no history.
func (w *World) Clone(c Chooser) *World {
	d := *w
	d.choose, d.history = c, nil
	d.queue.heap = slices.Clone(w.queue.heap)
	d.nodes = slices.Clone(w.nodes)
	for i := range d.nodes {
		d.nodes[i].unshare()
	}
	d.servers = slices.Clone(w.servers)
	for i := range d.servers {
		d.servers[i].unshare(&w.servers[i])
	}
	d.conns = slices.Clone(w.conns)
	for i := range d.conns {
		d.conns[i].unshare()
	}
	d.idle = slices.Clone(w.idle)
	d.sessions = slices.Clone(w.sessions)
	d.ensemble.unshare(&w.ensemble)
	d.checker.procs = slices.Clone(w.checker.procs)
	d.checker.claims = slices.Clone(w.checker.claims)
	d.notices, d.effects = nil, nil
	return &d
}

func (n *node) unshare() {
	n.session.pending = n.session.pending.clone()
	n.session.armed = slices.Clone(n.session.armed)
	n.inbox = slices.Clone(n.inbox)
	n.rest = append([]election.Effect(nil), n.rest...)
	n.later = append([]election.Event(nil), n.later...)
}

func (s *server) unshare(from *server) {
	s.tree = ztree.Tree{}
	from.tree.CloneInto(&s.tree)
	s.watches = from.watches.Clone()
	s.heard, s.told = slices.Clone(s.heard), slices.Clone(s.told)
	s.toLeader, s.fromLeader = s.toLeader.clone(), s.fromLeader.clone()
}

func (c *conn) unshare() {
	c.up, c.down, c.backlog = c.up.clone(), c.down.clone(), c.backlog.clone()
}

func (e *ensemble) unshare(from *ensemble) {
	e.tree = ztree.Tree{}
	from.tree.CloneInto(&e.tree)
	e.txn.Changes = nil
	e.log = slices.Clone(e.log)
	e.tracker = from.tracker.Clone()
	e.silent = nil
	e.stuck = slices.Clone(e.stuck)
}

package explore

import (
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

// state is the world: the number of the service, the faults that are left, and the number of each node.
type state [nodesAt + MaxNodes]uint32

const (
	serviceAt = 0
	leftAt    = 1
	nodesAt   = 2
)

func (p *parts) firstState() state {
	var s state
	s[serviceAt] = p.firstService()
	s[leftAt] = uint32(p.options.Faults)
	for i := range p.options.Nodes {
		s[nodesAt+i] = p.begin(uint8(i), 0)
	}
	return s
}

// successors calls yield with every choice and what it leads to.
func (p *parts) successors(s *state, yield func(c choice, next *state)) {
	for i := range p.options.Nodes {
		options := p.nodes[s[nodesAt+i]].options
		for _, o := range options {
			if uint32(o.cost) > s[leftAt] || o.action == lag && p.services[s[serviceAt]].lagging != 0 {
				continue
			}
			next := *s
			next[leftAt] -= uint32(o.cost)
			c := choice{o.action, uint8(i)}
			p.apply(&next, c)
			yield(c, &next)
		}
	}
	p.serviceSuccessors(s, yield)
}

func (p *parts) serviceSuccessors(s *state, yield func(c choice, next *state)) {
	if p.services[s[serviceAt]].lagging != 0 {
		next := *s
		p.catchUp(&next)
		yield(choice{catchUp, 0}, &next)
	}
	ghosts := p.services[s[serviceAt]].service.ghosts
	for k := range ghosts {
		next := *s
		p.apply(&next, choice{ghostExpire, uint8(k)})
		yield(choice{ghostExpire, uint8(k)}, &next)
		if len(ghosts[k].writes) > 0 {
			next := *s
			p.apply(&next, choice{ghostServe, uint8(k)})
			yield(choice{ghostServe, uint8(k)}, &next)
		}
	}
	if p.options.Kinds&Wipe != 0 && s[leftAt] > 0 {
		next := *s
		next[leftAt]--
		if p.apply(&next, choice{wipe, 0}); next[serviceAt] != s[serviceAt] {
			yield(choice{wipe, 0}, &next)
		}
	}
}

// apply carries out a choice in place.
func (p *parts) apply(s *state, c choice) {
	if p.services[s[serviceAt]].lagging == c.node+1 && c.action.endsLag(p.nodes[s[nodesAt+c.node]].node) {
		p.catchUp(s)
	}
	if c.action < localActions {
		s[nodesAt+c.node] = p.local(s[nodesAt+c.node], c.action)
		return
	}
	switch c.action {
	case ghostServe, ghostExpire, wipe:
		p.applyToService(s, c)
		return
	case catchUp:
		p.catchUp(s)
		return
	}
	at := nodesAt + c.node
	r := &p.nodes[s[at]]
	switch c.action {
	case serve:
		o := p.happen(s, r.head)
		s[at] = p.move(s[at], moveAnswered, o.reply)
	case straggle:
		o := p.happen(s, r.limbo)
		s[at] = p.move(s[at], moveStraggled, o.reply)
	case open:
		p.happen(s, p.internAsk(ask{kind: askOpen, session: r.node.nextSession()}))
		s[at] = p.move(s[at], moveOpened, 0)
	case expire, force:
		if c.action == force {
			s[at] = p.excuse(s, s[at])
		}
		session := r.node.session
		s[at] = p.move(s[at], moveEnded, 0)
		p.happen(s, p.internAsk(ask{kind: askClose, session: session}))
	case restart, crash:
		p.startAnew(s, c.node)
	case lag:
		p.happen(s, p.internAsk(ask{kind: askLag, session: r.node.session}))
	case deleteNode:
		s[at] = p.excuse(s, s[at])
		p.happen(s, p.internAsk(ask{kind: askDelete, node: r.node.m.Status().Node}))
	case misname:
		if node := r.node.m.Status().Node; p.services[s[serviceAt]].service.canMisname(node) {
			p.excuseAll(s)
			p.happen(s, p.internAsk(ask{kind: askMisname, node: node}))
		}
	}
}

// happen lets the service do something, and the watches that it ends fire.
func (p *parts) happen(s *state, what uint32) outcome {
	lagging := int(p.services[s[serviceAt]].lagging)
	o := p.ask(s[serviceAt], what)
	if o.stray {
		p.excuseAll(s)
	}
	s[serviceAt] = o.service
	if o.changes == 0 {
		return o
	}
	for i := range p.options.Nodes {
		if i+1 != lagging {
			s[nodesAt+i] = p.move(s[nodesAt+i], moveFired, o.changes)
		}
	}
	return o
}

// endsLag: a server that a session comes to, or that has answered a write, is not behind for it.
func (a action) endsLag(n *node) bool {
	return a == reattach || a == restart || a == crash || a == serve && writes(&n.requests[0].call)
}

func (p *parts) catchUp(s *state) {
	node := nodesAt + p.services[s[serviceAt]].lagging - 1
	o := p.ask(s[serviceAt], p.internAsk(ask{kind: askCatchUp}))
	s[serviceAt] = o.service
	if o.changes != 0 {
		s[node] = p.move(s[node], moveFired, o.changes)
	}
}

// excuse: what the node's claims so far rest on is taken away by force.
func (p *parts) excuse(s *state, id uint32) uint32 {
	service := p.services[s[serviceAt]].service
	_, stat := service.register()
	return p.move(id, moveExcused, uint32(service.show(path, stat).Mzxid))
}

func (p *parts) excuseAll(s *state) {
	for i := range p.options.Nodes {
		s[nodesAt+i] = p.excuse(s, s[nodesAt+i])
	}
}

func (p *parts) applyToService(s *state, c choice) {
	a := ask{kind: askWipe}
	if c.action == wipe {
		p.excuseAll(s)
		if _, err := p.services[s[serviceAt]].service.tree.Exists(path); err != nil {
			return
		}
	} else {
		a = ask{kind: askGhostServe, session: p.services[s[serviceAt]].service.ghosts[c.node].session}
		if c.action == ghostExpire {
			a.kind = askGhostExpire
		}
	}
	p.happen(s, p.internAsk(a))
}

// startAnew replaces a process; its session stays behind, with what it had sent.
func (p *parts) startAnew(s *state, i uint8) {
	n := p.nodes[s[nodesAt+i]].node
	if n.session != 0 && !n.dead {
		a := ask{kind: askGhost, session: n.session}
		for _, list := range [][]request{n.limbo, n.requests} {
			for k := range list {
				if changes(&list[k].call) {
					call := list[k].call
					call.ID = 0
					a.writes = append(a.writes, call)
				}
			}
		}
		p.happen(s, p.internAsk(a))
	}
	s[nodesAt+i] = p.begin(i, n.sessions)
}

// broken says which promise does not hold in a state, or "".
func (p *parts) broken(s *state) string {
	if bad := p.services[s[serviceAt]].service.bad; bad != "" {
		return bad
	}
	acting, first := 0, 0
	for i := range p.options.Nodes {
		r := &p.nodes[s[nodesAt+i]]
		switch {
		case r.bad:
			return fmt.Sprintf("%s (node %c)", r.node.bad, 'a'+i)
		case r.fresh && p.candidates(s, r.node.session) > 1:
			return fmt.Sprintf("S6: node %c has two candidate nodes", 'a'+i)
		case !r.acts:
		case acting > 0:
			return fmt.Sprintf("S1: nodes %c and %c act as masters", 'a'+first, 'a'+i)
		default:
			acting, first = 1, i
		}
	}
	return ""
}

func (p *parts) candidates(s *state, session coord.SessionID) int {
	n := 0
	for range p.services[s[serviceAt]].service.tree.Ephemerals(session) {
		n++
	}
	return n
}

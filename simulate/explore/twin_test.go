package explore

import (
	"bytes"
	"testing"

	"github.com/hamaster/hamaster/ha/election"
	"pgregory.net/rapid"
)

// naive is the dumb twin of parts: the same world, in which every node and the service go on as they are, with their own numbers and
// instants, and are never taken for others like them.
type naive struct {
	options *Options
	service *service
	nodes   []*node
}

func newNaive(o *Options) *naive {
	p := newParts(*o)
	w := &naive{options: o, service: p.services[p.firstService()].service}
	for i := range o.Nodes {
		w.nodes = append(w.nodes, w.begin(uint8(i), 0))
	}
	return w
}

func (w *naive) begin(index, sessions uint8) *node {
	n := &node{index: index, sessions: sessions, now: 5 * unit, m: election.New(w.options.config(int(index)))}
	process{n}.step(election.Event{Kind: election.Start})
	return n
}

func (w *naive) happen(a ask) reply {
	lagging := w.service.lag.node
	next, r, changed := w.service.do(&a)
	if len(changed) > 0 && w.service.strays(&a) {
		w.excuseAll()
	}
	w.service = next
	for i, n := range w.nodes {
		if (uint8(i)+1 == lagging) == (a.kind == askCatchUp) {
			process{n}.fire(changed)
		}
	}
	return r
}

func (w *naive) excuse(n *node) {
	_, stat := w.service.register()
	n.excused = w.service.show(path, stat).Mzxid
	n.requests, n.limbo = late(n.requests, n.excused), late(n.limbo, n.excused)
	n.forget()
}

func (w *naive) excuseAll() {
	for _, n := range w.nodes {
		w.excuse(n)
	}
}

func (w *naive) apply(c choice) {
	if w.service.lag.node == c.node+1 && c.action.endsLag(w.nodes[c.node]) {
		w.happen(ask{kind: askCatchUp})
	}
	switch c.action {
	case catchUp:
		w.happen(ask{kind: askCatchUp})
		return
	case ghostServe:
		w.happen(ask{kind: askGhostServe, session: w.service.ghosts[c.node].session})
		return
	case ghostExpire:
		w.happen(ask{kind: askGhostExpire, session: w.service.ghosts[c.node].session})
		return
	case wipe:
		w.excuseAll()
		w.happen(ask{kind: askWipe})
		return
	}
	n := w.nodes[c.node]
	p := process{n}
	switch c.action {
	case serve:
		r := w.happen(n.request(&n.requests[0]))
		p.answered(&r)
	case straggle:
		r := w.happen(n.request(&n.limbo[0]))
		p.straggled(&r)
	case open:
		w.happen(ask{kind: askOpen, session: n.nextSession()})
		p.opened()
	case expire, force:
		if c.action == force {
			w.excuse(n)
		}
		p.ended()
		w.happen(ask{kind: askClose, session: n.session})
	case lag:
		w.happen(ask{kind: askLag, session: n.session})
	case deleteNode:
		w.excuse(n)
		w.happen(ask{kind: askDelete, node: n.m.Status().Node})
	case misname:
		if node := n.m.Status().Node; w.service.canMisname(node) {
			w.excuseAll()
			w.happen(ask{kind: askMisname, node: node})
		}
	case restart, crash:
		w.startAnew(n)
	default:
		p.act(c.action)
	}
}

func (w *naive) startAnew(n *node) {
	if n.session != 0 && !n.dead {
		var left []election.Call
		for _, r := range append(append([]request(nil), n.limbo...), n.requests...) {
			if r.call.ID = 0; changes(&r.call) {
				left = append(left, r.call)
			}
		}
		w.happen(ask{kind: askGhost, session: n.session, writes: left})
	}
	w.nodes[n.index] = w.begin(n.index, n.sessions)
}

// TestLikeStatesGoOnAlike walks at random, far, in both worlds. Whatever the explorer leaves out of a state, or takes for the same,
// would show in the end as a difference.
func TestLikeStatesGoOnAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policies := election.Policies()
		o := Options{Nodes: rapid.IntRange(1, MaxNodes).Draw(t, "nodes"), Faults: 9, Policy: rapid.SampledFrom(policies).Draw(t, "policy"),
			OnSuspend: rapid.SampledFrom([]election.OnSuspend{election.KeepLeading, election.StopAtOnce}).Draw(t, "on suspend")}
		o.complete()
		p, w := newParts(o), newNaive(&o)
		s := p.firstState()
		for range 300 {
			var all []choice
			var costs []uint32
			p.successors(&s, func(c choice, next *state) {
				all, costs = append(all, c), append(costs, s[leftAt]-next[leftAt])
			})
			i := rapid.IntRange(0, len(all)-1).Draw(t, "choice")
			if forward, ok := p.forward(&s); ok && rapid.Bool().Draw(t, "forward") {
				i = index(all, forward)
			}
			was := s
			p.apply(&s, all[i])
			s[leftAt] -= costs[i]
			w.apply(all[i])
			w.compare(t, p, &s, p.describe(&was, all[i]))
		}
	})
}

func index(all []choice, c choice) int {
	for i := range all {
		if all[i] == c {
			return i
		}
	}
	panic("the way forward is not among the choices")
}

func (w *naive) compare(t *rapid.T, p *parts, s *state, after string) {
	var e election.Encoding
	if a, b := w.service.appendTo(nil), p.services[s[serviceAt]].service.appendTo(nil); !bytes.Equal(a, b) {
		t.Fatalf("the services differ after %s:\n%q\n%q", after, a, b)
	}
	for i, n := range w.nodes {
		n.forget()
		a, b := n.appendTo(nil, &e), p.nodes[s[nodesAt+i]].node.appendTo(nil, &e)
		if !bytes.Equal(a, b) {
			t.Fatalf("node %c differs after %s:\n%+v\n%+v", 'a'+i, after, n, p.nodes[s[nodesAt+i]].node)
		}
	}
	if bad := p.broken(s); bad != "" {
		t.Fatalf("after %s: %s", after, bad)
	}
}

func TestVisitedTellsStatesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, twin := newVisited(), map[state]uint32{}
		v.slots = v.slots[:2] // to grow often
		for range rapid.IntRange(1, 300).Draw(t, "n") {
			var s state
			for i := range s {
				s[i] = rapid.Uint32Range(0, 3).Draw(t, "part")
			}
			i, isNew := v.add(&s)
			want, known := twin[s]
			if !known {
				want = uint32(len(twin))
				twin[s] = want
			}
			if i != want || isNew == known {
				t.Fatalf("%v is number %d, new %v; it should be %d, known %v", s, i, isNew, want, known)
			}
		}
	})
}

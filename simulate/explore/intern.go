package explore

import (
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// A state of the world is a few numbers: each part of it, a node or the service, is kept once and numbered. So a state is small, two
// are compared exactly, and what an action makes of a part is worked out once and looked up ever after: almost all steps of the walk
// are look-ups. This is what makes it fast.
type parts struct {
	options Options
	configs []*election.Config

	nodes    []nodeRecord
	services []serviceRecord
	asks     table[ask]
	replies  table[reply]
	changes  table[[]change]

	nodeIDs    map[string]uint32
	serviceIDs map[string]uint32
	moves      map[move]uint32   // of nodes
	served     map[asked]outcome // of the service
	encoding   election.Encoding
	buf        []byte
}

// nodeRecord is a node and what there is to know of it.
type nodeRecord struct {
	node    *node
	options []option
	next    [localActions]uint32 // by local actions; 0: not worked out yet
	head    uint32               // the ask of the first request; 0: none
	limbo   uint32               // and of the first in limbo
	acts    bool
	fresh   bool
	bad     bool
	fair    fairness
}

type serviceRecord struct {
	service *service
	lagging uint8 // number of the node whose server has fallen behind, plus one
}

// move is a change of a node that something else brings about.
type move struct {
	node uint32
	kind moveKind
	arg  uint32
}

type moveKind uint8

const (
	moveAnswered  moveKind = iota // arg: the reply
	moveStraggled                 // likewise
	moveFired                     // arg: the changes
	moveOpened
	moveEnded
	moveExcused // arg: the zxid
)

type asked struct{ service, ask uint32 }

type outcome struct {
	service, reply, changes uint32
	stray                   bool
}

// table numbers things by their encoding, from 1.
type table[T any] struct {
	ids  map[string]uint32
	list []T
}

func newTable[T any]() table[T] { return table[T]{ids: map[string]uint32{}, list: make([]T, 1)} }

func (t *table[T]) intern(key []byte, v T) uint32 {
	if id, ok := t.ids[string(key)]; ok {
		return id
	}
	id := uint32(len(t.list))
	t.ids[string(key)] = id
	t.list = append(t.list, v)
	return id
}

func newParts(o Options) *parts {
	p := &parts{options: o, nodes: make([]nodeRecord, 1), services: make([]serviceRecord, 1),
		asks: newTable[ask](), replies: newTable[reply](), changes: newTable[[]change](),
		nodeIDs: map[string]uint32{}, serviceIDs: map[string]uint32{}, moves: map[move]uint32{}, served: map[asked]outcome{}}
	for i := range o.Nodes {
		p.configs = append(p.configs, o.config(i))
	}
	return p
}

func (p *parts) firstService() uint32 {
	s := &service{policy: &p.options.Policy, tree: ztree.New(ztree.Options{})}
	if _, _, err := s.tree.Create(&ztree.Txn{}, path, nil, coord.Persistent, nil); err != nil {
		panic("explore: " + err.Error())
	}
	return p.internService(s)
}

// begin is a process that has just been started.
func (p *parts) begin(index, sessions uint8) uint32 {
	n := &node{index: index, sessions: sessions, now: 1000 * unit, m: election.New(p.configs[index])}
	process{n}.step(election.Event{Kind: election.Start})
	return p.internNode(n)
}

func (p *parts) internNode(n *node) uint32 {
	n.forget()
	p.buf = n.appendTo(p.buf[:0], &p.encoding)
	if id, ok := p.nodeIDs[string(p.buf)]; ok {
		return id
	}
	id := uint32(len(p.nodes))
	p.nodeIDs[string(p.buf)] = id
	r := nodeRecord{node: n, options: n.options(p.options.Kinds), acts: n.acts(), fresh: n.fresh, bad: n.bad != ""}
	if len(n.requests) > 0 {
		r.head = p.internAsk(n.request(&n.requests[0]))
	}
	if len(n.limbo) > 0 {
		r.limbo = p.internAsk(n.request(&n.limbo[0]))
	}
	r.fair = n.fairness(&p.options.Policy)
	p.nodes = append(p.nodes, r)
	return id
}

func (n *node) request(r *request) ask {
	a := ask{session: n.session, call: r.call, token: r.token}
	a.call.ID = 0
	if r.late {
		a.token = 0
	}
	return a
}

// late marks the fenced transactions of terms that were excused before the service got to them.
func late(list []request, excused coord.Zxid) []request {
	list = slices.Clone(list)
	for i := range list {
		list[i].late = list[i].token != 0 && list[i].token <= excused
	}
	return list
}

// forget drops what cannot matter any more.
func (n *node) forget() {
	token := n.m.Status().Term.Token
	if n.role == roleOff {
		n.term = election.Term{}
	}
	if token == 0 && n.role == roleOff && len(n.claims) == 0 {
		// Before a term can begin there will be a claim, whose proof outlasts all so far. And nobody acts who could be cut short.
		n.alive, n.proved, n.stalled, n.excused = 0, 0, false, 0
	}
	excuses := n.role != roleOff && n.term.Token <= n.excused || token != 0 && token <= n.excused ||
		slices.ContainsFunc(n.claims, func(z coord.Zxid) bool { return z <= n.excused })
	if !excuses {
		n.excused = 0
	}
}

func (p *parts) internService(s *service) uint32 {
	p.buf = s.appendTo(p.buf[:0])
	if id, ok := p.serviceIDs[string(p.buf)]; ok {
		return id
	}
	id := uint32(len(p.services))
	p.serviceIDs[string(p.buf)] = id
	p.services = append(p.services, serviceRecord{s, s.lag.node})
	return id
}

func (p *parts) internAsk(a ask) uint32 {
	p.buf = a.appendTo(p.buf[:0])
	return p.asks.intern(p.buf, a)
}

// ask is what the service makes of an ask.
func (p *parts) ask(service, what uint32) outcome {
	key := asked{service, what}
	if o, ok := p.served[key]; ok {
		return o
	}
	was := p.services[service].service
	s, r, changes := was.do(&p.asks.list[what])
	o := outcome{service: service}
	if s != was {
		o.service = p.internService(s)
	}
	p.buf = r.appendTo(p.buf[:0])
	o.reply = p.replies.intern(p.buf, r)
	if len(changes) > 0 {
		p.buf = appendChanges(p.buf[:0], changes)
		o.changes = p.changes.intern(p.buf, changes)
		o.stray = was.strays(&p.asks.list[what])
	}
	p.served[key] = o
	return o
}

// local is what an action of its own makes of a node.
func (p *parts) local(id uint32, a action) uint32 {
	if next := p.nodes[id].next[a]; next != 0 {
		return next
	}
	n := *p.nodes[id].node
	process{&n}.act(a)
	next := p.internNode(&n)
	p.nodes[id].next[a] = next
	return next
}

// move is what comes from elsewhere.
func (p *parts) move(id uint32, kind moveKind, arg uint32) uint32 {
	key := move{id, kind, arg}
	if next, ok := p.moves[key]; ok {
		return next
	}
	n := *p.nodes[id].node
	x := process{&n}
	switch kind {
	case moveAnswered:
		x.answered(&p.replies.list[arg])
	case moveStraggled:
		x.straggled(&p.replies.list[arg])
	case moveFired:
		x.fire(p.changes.list[arg])
	case moveOpened:
		x.opened()
	case moveEnded:
		x.ended()
	case moveExcused:
		n.excused = coord.Zxid(arg)
		n.requests, n.limbo = late(n.requests, n.excused), late(n.limbo, n.excused)
	}
	next := p.internNode(&n)
	p.moves[key] = next
	return next
}

package explore

import (
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

func duration(i coord.Instant) time.Duration { return time.Duration(i) }

// cut ends the connection. Answers on their way are lost; what was not served yet is in limbo. The process hears of the lost calls
// before it hears of the connection, or after.
func (p process) cut(stateFirst bool) {
	var stream, losses []item
	var unheard []election.CallID
	held := slices.Clone(p.held)
	for _, it := range p.stream {
		switch {
		case it.local:
			stream = append(stream, it)
		case it.event.Kind == election.WatchFired:
			if !slices.Contains(unheard, it.event.Call) {
				held = append(held, it)
			}
		default:
			unheard = append(unheard, it.event.Call)
			losses = append(losses, lost(it.event.Call))
		}
	}
	limbo := slices.Clone(p.limbo)
	for _, r := range p.requests {
		if r.token == 0 {
			losses = append(losses, lost(r.call.ID))
		}
		if changes(&r.call) || r.token != 0 {
			limbo = append(limbo, r)
		}
	}
	suspended := item{event: election.Event{Kind: election.Suspended}, local: true}
	if stateFirst {
		stream = append(append(stream, suspended), losses...)
	} else {
		stream = append(append(stream, losses...), suspended)
	}
	// A watch whose arming was not heard of is none: the client would not ask the next server for it.
	armed := slices.DeleteFunc(slices.Clone(p.armed), func(a watch) bool { return slices.Contains(unheard, a.call) })
	p.stream, p.limbo, p.held, p.armed, p.requests, p.link = stream, limbo, held, armed, nil, linkDown
	p.fresh = false
}

// changes reports whether a call may change the tree: nothing else is worth keeping in limbo.
func changes(c *election.Call) bool {
	switch c.Kind {
	case election.CallGet, election.CallChildren:
		return false
	case election.CallMulti:
		return slices.ContainsFunc(c.Ops, func(op coord.Op) bool { return op.Type != coord.OpCheck })
	}
	return true
}

// proves reports whether a call's success is worth noting as a proof of life: a create or delete proves as much, but no term can
// begin without a later transaction.
func proves(c *election.Call) bool { return c.Kind == election.CallMulti }

func writes(c *election.Call) bool {
	return c.Kind != election.CallGet && c.Kind != election.CallChildren
}

// reattach brings a connection, or the news that the session is over.
func (p process) reattach() {
	p.fresh = false
	if p.dead {
		p.link = linkOver
		p.push(item{event: election.Event{Kind: election.Expired}, local: true})
		return
	}
	p.link = linkUp
	for _, it := range p.held {
		p.push(it)
	}
	p.held = nil
	p.push(item{event: election.Event{Kind: election.Resumed, Timeout: duration(timeout), RenewEvery: duration(half)}, local: true})
}

// ended: the service has ended the session.
func (p process) ended() {
	if p.link == linkUp {
		p.cut(false)
	}
	p.dead, p.limbo, p.held, p.fresh = true, nil, nil, false
}

// answered takes the service's answer to the first of the requests onto its way.
func (p process) answered(r *reply) {
	q := p.requests[0]
	p.requests = slices.Clone(p.requests[1:])
	p.took(r)
	if writes(&q.call) {
		p.limbo = nil
	}
	if q.token != 0 {
		return // the role hears of it, not the Machine
	}
	ev := r.event
	ev.Kind, ev.Call = election.Reply, q.call.ID
	p.push(item{event: ev, proof: proves(&q.call) && ev.Err == nil, sent: q.sent})
	if q.call.Watch && ev.Err == nil {
		p.armed = append(slices.Clone(p.armed), watch{q.call.ID, q.call.Path, q.call.Kind == election.CallChildren})
	}
}

// straggled: the first in limbo has taken effect, and nobody hears of it.
func (p process) straggled(r *reply) {
	p.limbo = slices.Clone(p.limbo[1:])
	p.took(r)
}

func (p process) took(r *reply) {
	p.fresh = false
	if r.claim != 0 {
		p.claims = append(slices.Clone(p.claims), r.claim)
	}
}

// fire ends the watches that changes of the tree end.
func (p process) fire(changes []change) {
	for _, c := range changes {
		parent, _ := coord.SplitPath(c.path)
		var kept []watch
		for _, a := range p.armed {
			ev := election.Event{Kind: election.WatchFired, Call: a.call, Change: c.kind}
			switch {
			case a.path == c.path && (!a.child || c.kind == coord.NodeDeleted):
			case a.path == parent && a.child && c.kind != coord.DataChanged:
				ev.Change = coord.ChildrenChanged
			default:
				kept = append(kept, a)
				continue
			}
			if p.link == linkUp {
				p.push(item{event: ev})
			} else if !p.dead {
				p.held = append(slices.Clone(p.held), item{event: ev})
			}
		}
		p.armed = kept
	}
}

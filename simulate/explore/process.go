package explore

import (
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// process moves one node by what its Machine asks for.
type process struct {
	*node
}

func (p process) fail(format string, args ...any) {
	if p.bad == "" {
		p.bad = fmt.Sprintf(format, args...)
	}
}

func (p process) step(ev election.Event) {
	defer func() {
		if r := recover(); r != nil {
			p.fail("sound: the machine panics: %v", r)
		}
	}()
	p.fresh = false
	if p.session != 0 {
		ev.Alive = max(p.alive, 1) // also where nothing is proved: so the Machine keeps nothing that the node has forgotten
	}
	for _, e := range p.m.Step(p.now, ev, nil) {
		p.perform(&e)
	}
	p.armed = slices.DeleteFunc(slices.Clone(p.armed), func(a watch) bool { return !p.m.Watching(a.call) })
}

func (p process) perform(e *election.Effect) {
	switch e.Kind {
	case election.DoCall:
		p.send(request{call: e.Call, sent: p.now})
	case election.OpenSession:
		if p.session != 0 || p.opening {
			p.fail("sound: a second session is asked for")
		}
		p.opening = true
	case election.Reconnect:
		if p.link == linkUp {
			p.cut(false)
		}
	case election.StartRole:
		if p.role != roleOff {
			p.fail("S1: a role is started beside another of the same process")
		}
		p.role, p.term = roleOn, e.Term
	case election.StopRole:
		if p.role == roleOn {
			p.role = roleStopping
		}
	case election.Tell:
		p.tell(&e.Notice)
	case election.Finished:
		if e.Err != nil {
			p.fail("sound: the candidate gives up: %v", e.Err)
		}
		if p.role != roleOff {
			p.fail("S1: the candidate is done beside its role")
		}
		p.done = true
	}
}

// tell holds a new term against the claims that the service carried out for this session: S2.
func (p process) tell(t *election.Notice) {
	switch t.Kind {
	case election.NowCandidate:
		p.fresh = true
	case election.NowMaster:
		if !slices.Contains(p.claims, t.Term.Token) {
			p.fail("S2: a term with token %v, which no claim of this session has", t.Term.Token)
		}
		p.claims = slices.DeleteFunc(slices.Clone(p.claims), func(z coord.Zxid) bool { return z <= t.Term.Token })
	}
}

func (p process) send(r request) {
	if p.link == linkUp {
		p.requests = append(slices.Clone(p.requests), r)
		return
	}
	p.push(lost(r.call.ID))
}

func (p process) push(it item) { p.stream = append(slices.Clone(p.stream), it) }

func lost(call election.CallID) item {
	return item{event: election.Event{Kind: election.Reply, Call: call, Err: coord.ErrConnectionLoss}, local: true}
}

// take brings the next of the stream to the Machine, or the one behind it.
func (p process) take(i int) {
	it := p.stream[i]
	p.stream = slices.Delete(slices.Clone(p.stream), i, i+1)
	switch it.event.Kind {
	case election.Expired:
		p.session, p.link, p.alive, p.proved = 0, linkNone, 0, 0
		p.claims, p.limbo, p.held, p.armed = nil, nil, nil, nil
	case election.Reply:
		if it.proof {
			p.alive = max(p.alive, it.sent+timeout)
			p.proved = max(p.proved, it.sent+timeout)
			p.stalled = p.stalled && p.alive-grace <= p.now
		}
	}
	p.step(it.event)
}

func (p process) roleReturns(err error) {
	p.role = roleOff
	p.step(election.Event{Kind: election.RoleReturned, Err: err})
}

func (p process) opened() {
	id := p.nextSession()
	p.sessions++
	p.opening, p.session, p.link = false, id, linkUp
	p.dead, p.stalled = false, false
	p.step(election.Event{Kind: election.Opened, Session: id, Timeout: duration(timeout), RenewEvery: duration(half)})
}

// clock lets a unit of time pass for this process.
func (p process) clock() {
	if p.clockEndsLease() {
		p.stalled = true
	}
	p.now += unit
	p.fresh = false
}

// write sends a fenced transaction of the role, whose gate was open at the last look.
func (p process) write() {
	t := p.term
	late := p.role == roleOn && t.Token <= p.excused
	p.send(request{sent: p.now, token: t.Token, late: late, call: election.Call{Kind: election.CallMulti, Ops: []coord.Op{
		coord.CheckOp(coord.JoinPath(path, t.Node), coord.AnyVersion),
		coord.CheckOp(path, t.Version),
	}}})
	p.fresh = false
}

// act carries out an action that takes nothing but the node.
func (p process) act(a action) {
	switch a {
	case take:
		p.take(0)
	case overtake:
		p.take(1)
	case timer:
		p.step(election.Event{Kind: election.Tick})
	case roleReturn, roleEnd:
		p.roleReturns(nil)
	case reattach:
		p.reattach()
	case clock:
		p.clock()
	case write:
		p.write()
	case resign:
		p.step(election.Event{Kind: election.Resign})
	case leave:
		p.leaving = true
		p.step(election.Event{Kind: election.Leave})
	case cut:
		p.cut(false)
	case cutStateFirst:
		p.cut(true)
	default:
		panic("explore: " + a.String() + " is no local action")
	}
}

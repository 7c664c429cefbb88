package simulate

import (
	"errors"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// startRole starts what the application does while it is master: now and then it looks whether its term is valid and writes, to a
// store that checks tokens and through the service.
func (w *World) startRole(n *node, t election.Term) {
	if n.role != roleOff {
		w.fail("node %d starts a role beside another", n.index)
	}
	n.role, n.term, n.gate, n.tardy = roleOn, t, true, w.has(Late) || w.now < n.pausedUntil
	n.terms++
	w.terms++
	n.alive = n.session.evidence.Until()
	w.noteTerm(n.index, "role starts", t.Token)
	w.checker.RoleStarted(int(n.index), t.Token, n.reaches(n.alive))
	w.after(w.workGap(), evRoleWork, n.index, n.terms)
}

func (w *World) workGap() time.Duration {
	return w.timeout / 8 * time.Duration(1+w.choose.Choose(8, RoleWork))
}

// valid is what Term.Valid tells the role.
func (w *World) valid(n *node) bool {
	return n.gate && n.local(w.now) < w.leaseEnd(n)
}

func (w *World) grace(n *node) time.Duration {
	if g := w.cfgs[n.index].Grace; g != 0 {
		return g
	}
	return n.session.timeout / 10
}

// roleWork is the look; the write comes a moment later, or much later if the process stands still just then.
func (w *World) roleWork(n *node) {
	if n.role != roleOn {
		return
	}
	if w.has(RoleEnds) && !w.calm && w.choose.Choose(16, RoleWork) == 1 {
		w.roleReturns(n, w.ending())
		return
	}
	w.after(w.workGap(), evRoleWork, n.index, n.terms)
	if !w.valid(n) {
		return
	}
	if w.has(Pause) && !w.calm && w.choose.Choose(32, Interleaved) == 1 {
		w.pause(n, w.length(Interleaved))
	}
	w.after(time.Duration(w.choose.Choose(3, RoleWork))*w.timeout/100, evRoleWrite, n.index, n.terms)
}

var errRole = errors.New("the role has failed")

func (w *World) ending() error {
	if w.choose.Choose(2, RoleWork) == 0 {
		return nil
	}
	return errRole
}

// roleWrite writes. Whoever looked may write, also when the role was told to stop in between: that is what tokens are for.
func (w *World) roleWrite(n *node) {
	if n.role == roleOff {
		return
	}
	w.after(w.delay(n), evStore, n.index, uint32(n.term.Token))
	if n.works++; w.busy && n.gate && n.works%2 == 0 {
		w.call(n, &election.Call{Kind: election.CallMulti, Ops: []coord.Op{
			coord.CheckOp(coord.JoinPath(path, n.term.Node), coord.AnyVersion),
			coord.CheckOp(path, n.term.Version),
			coord.SetOp(dataPath, nil, coord.AnyVersion),
		}}, n.term.Token)
	}
}

// store is the application's own store: it takes a write unless it has seen a newer token.
func (w *World) store(from int16, token coord.Zxid) {
	accepted := token >= w.stored
	if !accepted {
		w.mark(FenceRefused)
		w.noteTerm(from, "write refused by the store", token)
	}
	w.stored = max(w.stored, token)
	w.checker.Stored(int(from), token, accepted)
}

func (w *World) fencedAnswer(n *node, err error) {
	if errors.Is(err, coord.ErrNoNode) || errors.Is(err, coord.ErrBadVersion) {
		w.mark(TransactionRefused)
		w.noteTerm(n.index, "transaction refused", n.term.Token)
	}
}

// stopRole closes the gate and tells the role, which takes up to its grace.
func (w *World) stopRole(n *node, e *election.Effect) {
	n.gate = false
	if n.role != roleOn {
		return
	}
	w.noteTerm(n.index, "role stops: "+e.Reason.String(), e.Term.Token)
	w.asLongAsItMay(n, e.Reason)
	n.role = roleStopping
	tenths := 0
	if w.has(SlowStop) {
		tenths = w.choose.Choose(10, RoleStop)
	}
	took := w.grace(n) * time.Duration(tenths) / 10
	w.at(n.reaches(n.local(w.now).Add(took)), evRoleStop, n.index, n.terms)
}

// asLongAsItMay is E2 whenever a role is stopped for want of a connection: a master that is to keep leading does so until its lease is over.
func (w *World) asLongAsItMay(n *node, why election.Reason) {
	switch left := w.leaseEnd(n).Sub(n.local(w.now)); {
	case why == election.LeaseEnded && left > 0:
		w.checker.broken(E2, "node %d stops its role %v before its lease is over", n.index, left)
	case why == election.ConnectionLost && w.cfgs[n.index].OnSuspend != election.StopAtOnce:
		w.checker.broken(E2, "node %d stops its role at once, though it is to keep leading", n.index)
	}
}

// leaseEnd is when the node's lease is over, by its own clock.
func (w *World) leaseEnd(n *node) coord.Instant { return n.session.evidence.Until().Add(-w.grace(n)) }

func (w *World) roleReturns(n *node, err error) {
	if n.role == roleOff {
		return
	}
	n.role, n.gate = roleOff, false
	w.noteTerm(n.index, "role returns", n.term.Token)
	w.checker.RoleReturned(int(n.index))
	w.bring(n, item{event: election.Event{Kind: election.RoleReturned, Err: err}})
}

// overran: a role that stops within its grace must not be reported, unless its process did not get to stopping it.
func (w *World) overran(n *node) {
	w.mark(Overran)
	if !n.tardy && n.role != roleOff && !w.checker.Excused(int(n.index)) {
		w.checker.broken(S1, "node %d: a role that stops within its grace overran", n.index)
	}
}

// tell takes what the machine has to say for observers.
func (w *World) tell(n *node, t *election.Notice) {
	switch t.Kind {
	case election.NowCandidate:
		w.candidate(n.session.id)
	case election.NowMaster:
		w.checker.Elected(int(n.index), t.Term.Token)
	case election.NowResumed:
		if n.role == roleOn {
			w.mark(CameBack)
		}
	case election.TermEnded:
		w.seen.Reasons[t.Reason]++
	}
	if w.history != nil {
		w.noteTerm(n.index, noticeText(t), t.Term.Token)
	}
}

package simulate

import (
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// heal brings everything back up. What lasts for a time is over already: see length.
func (w *World) heal() {
	w.calm = true
	w.note(faultLane, 0, "all faults are over")
	for i := range w.servers {
		if !w.servers[i].up {
			w.serverUp(int16(i))
		}
	}
	for i := range w.nodes {
		w.restart(int16(i))
	}
	w.rested()
}

// master returns the node whose role runs, or nil; and how many do.
func (w *World) master() (m *node, n int) {
	for i := range w.nodes {
		if w.nodes[i].role == roleOn {
			m = &w.nodes[i]
			n++
		}
	}
	return m, n
}

// roundTrips is what a few round trips through the service may take: the constant in L1.
func (w *World) roundTrips() time.Duration {
	return 16 * 2 * (2*w.near + 4*w.apart)
}

// liveness heals the world, and holds what becomes of it against L1 to L3 and E1 to E3. It reports false at a violation.
func (w *World) liveness() bool {
	w.heal()
	// Nothing takes longer than this: messages held up arrive, the service finds a leader, sessions of dead processes end, roles
	// stop, a candidate whose role has returned waits for its turn, and what a long timeout between reconnects adds.
	if !w.run(w.now.Add(8*w.timeout + 4*time.Second + time.Duration(2*w.patient+16)*w.tick)) {
		return false
	}
	return w.settled() && w.idleness() && w.disconnect() && w.outlast() && w.handOver(true) && w.handOver(false)
}

// settled is L1 in its weakest form, L2, L3 and S6.
func (w *World) settled() bool {
	m, n := w.master()
	if n != 1 {
		w.checker.broken(L1, "%d masters after all faults were over: %s", n, w.describe())
		return false
	}
	w.rightMaster(m)
	for i := range w.nodes {
		w.settledNode(&w.nodes[i], m)
	}
	return w.checker.violation == nil
}

// rightMaster is L2.
func (w *World) rightMaster(m *node) {
	switch best := w.wanted(); {
	case best == nil:
		w.checker.broken(S6, "node %d is master, and nobody has a candidate node", m.index)
	case best != m:
		w.checker.broken(L2, "node %d is master, the policy wants node %d", m.index, best.index)
	}
}

func (w *World) settledNode(n, master *node) {
	if !n.up || n.done {
		return
	}
	st := n.machine.Status()
	count, own := 0, false
	for p := range w.tree.Ephemerals(n.session.id) {
		count++
		own = own || p == coord.JoinPath(path, st.Node)
	}
	if count != 1 || !own {
		w.checker.broken(S6, "node %d has %d candidate nodes, %q among them: %v", n.index, count, st.Node, own)
	}
	if n != master && !w.waits(n, st.Node) {
		w.checker.broken(L3, "node %d waits for nothing: %+v", n.index, n.machine)
	}
}

// waits reports whether a standby hears of more than what happens to its own node.
func (w *World) waits(n *node, own string) bool {
	return slices.ContainsFunc(n.session.armed, func(a armed) bool { return a.path != coord.JoinPath(path, own) })
}

// wanted is the node that should be master: the first in rank of those whose candidate nodes stand.
func (w *World) wanted() *node {
	var best *node
	var first election.Candidate
	for i := range w.nodes {
		n := &w.nodes[i]
		if !n.up || n.done || w.ownerOf(n.machine.Status().Node) != n.session.id {
			continue
		}
		c, ok := election.ParseNode(n.machine.Status().Node, w.policy.Weighted)
		if ok && (best == nil || w.policy.Ranks(c, first)) {
			best, first = n, c
		}
	}
	return best
}

// idleness is E3: for some time nothing happens, and hardly anything is sent.
func (w *World) idleness() bool {
	w.countCalls()
	const times = 4
	if !w.run(w.now.Add(times * w.timeout)) {
		return false
	}
	m, _ := w.master()
	for i := range w.nodes {
		n := &w.nodes[i]
		most := 0
		if n == m {
			most = int(times*w.timeout*101/100/n.session.evidence.RenewEvery()) + 1
		}
		if n.calls > most {
			w.checker.broken(E3, "node %d made %d calls in %v of rest, %d is the most", n.index, n.calls, times*w.timeout, most)
		}
	}
	return w.checker.violation == nil
}

func (w *World) countCalls() {
	for i := range w.nodes {
		w.nodes[i].calls = 0
	}
}

// disconnect is E2: the master's connection breaks once.
func (w *World) disconnect() bool {
	m, _ := w.master()
	if m == nil || w.cfgs[m.index].OnSuspend == election.StopAtOnce {
		return true
	}
	term := m.term
	w.note(faultLane, m.index, "the master's connection breaks")
	if c := w.connOf(m.session.conn); c != nil {
		w.drop(c)
		w.hangUp(c)
	}
	if !w.run(w.now.Add(w.timeout)) {
		return false
	}
	if now, n := w.master(); n != 1 || now != m || m.term != term {
		w.checker.broken(E2, "a broken connection cost node %d its term", m.index)
	}
	return w.checker.violation == nil
}

// outlast is E2 as well: for a part of the master's lease nothing gets through to the service, or back. If its connection serves again in
// time for a renewal, it keeps its term.
func (w *World) outlast() bool {
	m, _ := w.master()
	if m == nil || w.cfgs[m.index].OnSuspend == election.StopAtOnce {
		return true
	}
	term := m.term
	length := w.leaseEnd(m).Sub(m.local(w.now)) / 8 * time.Duration(1+w.choose.Choose(8, Length))
	w.cut(m, Cut, &strike{mild: true, length: length})
	if !w.run(w.now.Add(length)) {
		return false
	}
	for m.session.state != coord.Connected && m.role == roleOn && w.checker.violation == nil && w.Next() {
	}
	inTime := m.role == roleOn && w.leaseEnd(m).Sub(m.local(w.now)) > 2*w.roundTrips()
	if w.checker.violation != nil || !w.run(w.now.Add(2*w.timeout)) {
		return false
	}
	if inTime {
		w.mark(Outlasted)
		if now, n := w.master(); n != 1 || now != m || m.term != term {
			w.checker.broken(E2, "node %d was connected again in time after %v, and lost its term", m.index, length)
		}
	}
	return w.checker.violation == nil
}

// handOver is L1, L2 and E1: the master dies, or leaves, and a standby takes over.
func (w *World) handOver(dies bool) bool {
	m, _ := w.master()
	if m == nil || w.standbys() == 0 {
		return true
	}
	counted := !w.policy.Displaces
	w.countCalls()
	w.handing = true // who leaves now shall not come again
	within := w.roundTrips() + w.warmUp()
	if dies {
		w.kill(m.index)
		within += w.tracked(m) + w.tick*3/2
	} else {
		w.note(faultLane, m.index, "the master is asked to leave")
		w.step(m, election.Event{Kind: election.Leave})
		within += w.grace(m)
	}
	end := w.now.Add(within)
	for next, _ := w.master(); next == nil || next == m; next, _ = w.master() {
		if w.now > end || w.checker.violation != nil || !w.Next() {
			break
		}
	}
	next, _ := w.master()
	if w.checker.violation == nil && (next == nil || next == m) {
		w.checker.broken(L1, "no master %v after node %d was gone (dead: %v): %s", within, m.index, dies, w.describe())
	}
	if w.checker.violation != nil || !w.run(w.now.Add(w.timeout)) {
		return false
	}
	w.rightMaster(next)
	return !counted || w.woken(m)
}

// warmUp is what a first claim after a long rest may need beside, where a grace is so long that the lease of such a claim does not
// last until the next renewal: it can count on a ping that was answered a gap ago, and pings leave every third of the timeout.
func (w *World) warmUp() time.Duration {
	most := time.Duration(0)
	for i := range w.nodes {
		e := &w.nodes[i].session.evidence
		third := e.Timeout() / 3
		proved := e.Timeout()*99/100 - e.Gap() - third - w.roundTrips()
		if w.grace(&w.nodes[i])+e.RenewEvery() >= proved {
			most = max(most, third+e.RenewEvery())
		}
	}
	return most
}

// tracked is the timeout by which the service judges the session.
func (w *World) tracked(n *node) time.Duration {
	return max(n.session.timeout, w.sessions[n.session.id].timeout)
}

func (w *World) standbys() int {
	n := 0
	for i := range w.nodes {
		if w.nodes[i].up && !w.nodes[i].done && w.nodes[i].machine.Status().State == election.Standby {
			n++
		}
	}
	return n
}

// woken is E1.
func (w *World) woken(gone *node) bool {
	w.mark(Woken)
	n := 0
	for i := range w.nodes {
		if &w.nodes[i] != gone && w.nodes[i].calls > 0 {
			n++
		}
	}
	if n > 1 {
		w.checker.broken(E1, "%d standbys were woken when node %d was gone", n, gone.index)
	}
	return w.checker.violation == nil
}

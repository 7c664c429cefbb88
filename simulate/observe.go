package simulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// What the world shows its Checker, taken from the committed tree and the nodes' true state.

// registerBefore notes the register before a transaction that may change it.
func (w *World) registerBefore(e *entry) *RegisterChange {
	if e.kind != relayWrite || e.call.Kind != election.CallMulti {
		return nil
	}
	for i := range e.call.Ops {
		if op := &e.call.Ops[i]; op.Type == coord.OpSet && op.Path == path {
			c := &RegisterChange{By: e.session, Proc: int(w.sessions[e.session].node)}
			c.Before, c.HolderOwner = w.register()
			return c
		}
	}
	return nil
}

// register returns the register, and who owns its holder's node.
func (w *World) register() (election.Register, coord.SessionID) {
	data, _, err := w.tree.Get(path, nil)
	if err != nil {
		return election.Register{}, 0
	}
	reg, err := election.ParseRegister(data)
	if err != nil {
		w.fail("%v", err)
	}
	return reg, w.ownerOf(reg.Holder)
}

// whoseTurn is who claims under a policy that never displaces; empty under others.
func (w *World) whoseTurn() string {
	if w.policy.Displaces {
		return ""
	}
	names, _, err := w.tree.Children(w.names[:0], path, nil)
	if err != nil {
		return ""
	}
	w.names = slices.DeleteFunc(names, func(name string) bool { return w.ownerOf(name) == 0 }) // a candidate's name alone makes none
	return w.policy.First(w.names)
}

func (w *World) ownerOf(node string) coord.SessionID {
	if node == "" {
		return 0
	}
	stat, err := w.tree.Exists(coord.JoinPath(path, node))
	if err != nil {
		return 0
	}
	return stat.EphemeralOwner
}

// observe shows the Checker a transaction that has just been carried out.
func (w *World) observe(e *entry, token coord.Zxid, before *RegisterChange) {
	switch {
	case e.kind == relayEnd && e.effective:
		w.outlived(e.session)
		if e.origin < 0 {
			w.sessionOver(e.session)
		}
	case e.reply.err != nil:
	case e.call.Kind == election.CallCreate && e.call.Mode == coord.EphemeralSequential:
		w.sessions[e.session].candidate = e.zxid
		w.candidate(e.session)
	case before != nil:
		before.Zxid = e.zxid
		before.After, before.ClaimerOwner = w.register()
		before.First = w.whoseTurn()
		w.checker.RegisterChanged(before)
		w.claimedBy(before)
		if w.history != nil {
			w.note(serviceLane, 0, registerText(before))
		}
	case token != 0:
		stat, _ := w.tree.Exists(path) // the transaction did not touch it
		w.checker.Fenced(int(w.sessions[e.session].node), token, stat.Mzxid)
	}
}

func (w *World) claimedBy(c *RegisterChange) {
	switch {
	case !c.After.Released:
		w.claimant = c.By
	case c.Before.Holder != "" && c.By != w.claimant:
		w.mark(Misnamed)
	}
}

// sessionOver: a session has expired.
func (w *World) sessionOver(id coord.SessionID) {
	o := &w.sessions[id]
	if w.history != nil {
		w.note(serviceLane, 0, fmt.Sprintf("session %v of n%d expires", id, o.node))
	}
	if o.node < 0 {
		return
	}
	n := &w.nodes[o.node]
	if n.session.id != id || o.life != n.life || !n.hasSession {
		return
	}
	if n.role == roleStopping {
		w.mark(ExpiredWhileStopping)
	}
	if n.role == roleOn {
		w.mark(ExpiredWhileLeading)
	}
	if !w.forced {
		w.checker.SessionOver(int(o.node), n.reaches(n.session.evidence.Until()))
	}
}

// candidate is S6 when a session has a new candidate node.
func (w *World) candidate(id coord.SessionID) {
	count := 0
	for range w.tree.Ephemerals(id) {
		count++
	}
	w.checker.Candidates(int(w.sessions[id].node), count)
}

// outlived is S6 when a session is over.
func (w *World) outlived(id coord.SessionID) {
	names, _, err := w.tree.Children(w.names[:0], path, nil)
	if err != nil {
		return
	}
	w.names = names
	for _, name := range names {
		if w.ownerOf(name) == id {
			w.checker.broken(S6, "%q stands, but its session %v is over", name, id)
		}
	}
}

// stray reports whether a write comes from a candidate of a path that has been deleted and made anew since, while another process has its id:
// its twin, a later one in its place, or an earlier one whose late create has made the node that it names. Where names start over
// (docs/correctness.md) it may hit what merely looks like what it was meant for. A role that knew that its term was over has no such excuse.
func (w *World) stray(e *entry, f fence) bool {
	if e.kind != relayWrite || e.origin < 0 || e.call.Kind == election.CallCreate || f.told {
		return false
	}
	o := &w.sessions[e.session]
	if o.node < 0 || o.life == w.nodes[o.node].life && !w.twin(o.node) && !w.earlier(w.named(e), o) {
		return false
	}
	stat, err := w.tree.Exists(path)
	return err == nil && stat.Czxid > o.candidate
}

// deprived are those who may lose their place by a stray write: the register's holder, and the owner of the node that the write names.
func (w *World) deprived(e *entry, any bool) (owners [2]coord.SessionID) {
	if !any {
		return owners
	}
	_, owners[0] = w.register()
	owners[1] = w.named(e)
	return owners
}

// named is who owns the candidate node that a write names.
func (w *World) named(e *entry) coord.SessionID {
	at := e.call.Path
	if e.call.Kind == election.CallMulti {
		at = e.call.Ops[0].Path
	}
	return w.ownerOf(strings.TrimPrefix(at, path+"/"))
}

// earlier reports whether a session is of an earlier life of that process.
func (w *World) earlier(id coord.SessionID, of *owner) bool {
	o := &w.sessions[id]
	return id != 0 && o.node == of.node && o.life < of.life
}

// excuse is for those whom a stray write has deprived.
func (w *World) excuse(e *entry, deprived [2]coord.SessionID) {
	if w.history != nil {
		w.note(serviceLane, 0, fmt.Sprintf("a late write of session %v, meant for the path as it was, hits the path made anew", e.session))
	}
	for _, id := range deprived {
		if id != 0 && w.sessions[id].node >= 0 {
			w.meddled(w.sessions[id].node)
		}
	}
}

// meddled excuses whoever rests on what an administrator has just taken away.
func (w *World) meddled(node int16) {
	w.checker.Meddled(int(node), w.tree.Zxid())
}

package simulate

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// TestAHandshakeNeverAnsweredMayEndASessionThatSeemedSafe shows why the lease assumes that all servers grant the same timeout. Where one
// that grants less takes a session up, the leader moves the session's deadline nearer; and the client, to whom the answer is lost,
// goes on counting on the longer timeout.
func TestAHandshakeNeverAnsweredMayEndASessionThatSeemedSafe(t *testing.T) {
	for _, c := range []struct {
		grant  time.Duration
		broken bool
	}{{2 * time.Second, false}, {time.Second, true}} {
		tickKnown := Schedule{{Swarm, 2, 1}}
		w := NewWorld(Options{Nodes: 2, Servers: 3, Policy: "oldest", Quiet: true}, NewPlayer(tickKnown), nil)
		w.checker.lax = true
		w.run(began.Add(5 * time.Second))
		m, _ := w.master()
		if m == nil || m.session.timeout != 2*time.Second || !w.known {
			t.Fatalf("not the world that was meant: %s", w.describe())
		}
		w.grants[(m.session.server+1)%3] = c.grant // where it connects to next
		w.hangUp(w.connOf(m.session.conn))
		for o := &w.sessions[m.session.id]; m.session.conn == 0 || o.conn != m.session.conn; {
			w.Next() // until the leader has taken the session up
		}
		w.cut(m, Cut, &strike{mild: true, length: 10 * time.Second})
		w.run(w.now.Add(8 * time.Second))
		if got := w.checker.outside > 0; got != c.broken {
			t.Errorf("with a grant of %v a session ended too early: %v", c.grant, got)
		}
		if w.checker.violation != nil {
			t.Error(w.checker.violation)
		}
	}
}

// TestATokenOutlivesAFailedLease is the same with the old master standing still, and awake again beside the new one.
func TestATokenOutlivesAFailedLease(t *testing.T) {
	w := NewWorld(Options{Nodes: 2, Servers: 1, Policy: "oldest", Quiet: true}, NewPlayer(nil), nil)
	w.run(began.Add(5 * time.Second))
	old, _ := w.master()
	token := old.term.Token
	w.pause(old, 10*time.Second)
	w.run(w.now.Add(9 * time.Second))
	if w.nodes[1-old.index].role != roleOn {
		t.Fatalf("nobody took over: %s", w.describe())
	}
	w.run(w.now.Add(500 * time.Millisecond)) // the new master has written
	w.store(old.index, token)
	if w.seen.Marks[FenceRefused] != 1 || w.checker.violation != nil {
		t.Errorf("the store did not refuse token %v after %v: %v", token, w.stored, w.checker.violation)
	}
}

// TestALateWriteToAPathMadeAnewIsExceptedOnlyFromAProcessThatIsGone has a write of a master that dies outlive its path. It finds a node and a register
// that look like its own: those of the process's next life.
func TestALateWriteToAPathMadeAnewIsExceptedOnlyFromAProcessThatIsGone(t *testing.T) {
	for what, late := range map[string]struct {
		op     coord.Op // after the checks
		fenced bool
		breaks Invariant // if the process were not gone
	}{
		"fenced transaction": {coord.CheckOp(path, 0), true, S5},
		"release":            {coord.SetOp(path, election.Register{Released: true, Policy: "oldest"}.Encode(), 0), false, S4},
	} {
		for _, gone := range []bool{true, false} {
			w := NewWorld(Options{Nodes: 1, Servers: 1, Policy: "oldest", Quiet: true}, NewPlayer(nil), nil)
			w.run(began.Add(5 * time.Second))
			n := &w.nodes[0]
			old, term := n.session.id, n.term
			w.kill(0)
			w.startNode(0)
			w.deletePath()
			w.run(w.now.Add(time.Second))
			if n.term.Node != term.Node || n.term.Version != term.Version || n.term.Token == term.Token {
				t.Fatalf("%+v does not look like %+v", n.term, term)
			}
			if !gone {
				w.sessions[old].life = n.life
			}
			m := &relayed{kind: relayWrite, session: old, call: election.Call{Kind: election.CallMulti, Ops: []coord.Op{
				coord.CheckOp(coord.JoinPath(path, term.Node), coord.AnyVersion), late.op,
			}}}
			m.call.Ops[1].Version = term.Version
			if late.fenced {
				m.fence.token = term.Token
			}
			meddled := w.checker.procs[n.index].meddled
			w.commit(m)
			if e := w.log[len(w.log)-1]; e.reply.err != nil {
				t.Fatalf("the %s was refused: %v", what, e.reply.err)
			}
			switch v := w.checker.violation; {
			case gone && v != nil, !gone && (v == nil || v.Invariant != late.breaks):
				t.Errorf("%s, gone: %v: %v", what, gone, v)
			case gone && (w.checker.procs[n.index].meddled > meddled) == late.fenced:
				t.Errorf("%s: excused %v, before %v", what, w.checker.procs[n.index].meddled, meddled)
			}
		}
	}
}

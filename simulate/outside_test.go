package simulate

import (
	"testing"
	"time"
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

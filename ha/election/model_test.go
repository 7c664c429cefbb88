package election

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"pgregory.net/rapid"
)

// TestElectionHoldsUnderFaults lets a few Machines run for mastership in a world of faults, and holds every step against the
// promises: one master, tokens of its own claiming, holders that change only over a vacant place. Then the faults end, and the
// master that the policy wants must appear, with everybody else waiting on a watch that can fire.
func TestElectionHoldsUnderFaults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t.Fatalf, t.Logf, func(n int, why string) int {
			if n == 1 {
				return 0
			}
			return rapid.IntRange(0, n-1).Draw(t, why)
		})
		w.clutter()
		for _, cfg := range w.drawConfigs() {
			w.start(cfg)
		}
		for range 20 + w.choose(150, "actions") {
			w.act()
		}
		w.calmDown()
		w.leaveAll()
	})
}

// clutter puts things under the path that are no candidates.
func (w *world) clutter() {
	names := [][]string{nil, {""}, {"", "/README", "/z-0000000000"}}[w.choose(3, "clutter")]
	for _, name := range names {
		if _, _, err := w.tree.Create(w.txn(nil), worldPath+name, nil, coord.Persistent, nil); err != nil {
			w.failf("%v", err)
		}
	}
}

func (w *world) drawConfigs() []*Config {
	policies := append(Policies(), Policy{Name: "greatest, in peace", Before: ByName.Before})
	policy := policies[w.choose(len(policies), "policy")]
	var cfgs []*Config
	for i := range 1 + w.choose(4, "candidates") {
		own := w.choose(2, "own id")
		w.twins = w.twins || i > 0 && own == 0
		cfg := &Config{Path: worldPath, ID: string(rune('a' + i*own)), Policy: policy, Seed: uint64(i),
			OnSuspend: OnSuspend(w.choose(2, "on suspend")), WaitMin: worldTimeout / 4, WaitMax: 2 * worldTimeout}
		if policy.Weighted {
			cfg.Weight = int32(w.choose(3, "weight"))
		}
		cfgs = append(cfgs, cfg)
	}
	return cfgs
}

// act is one thing that happens.
func (w *world) act() {
	p := w.procs[w.choose(len(w.procs), "process")]
	switch w.choose(24, "action") {
	default:
		w.progress(p, 1+w.choose(6, "steps"))
	case 0, 1, 2:
		w.advance(time.Duration(1+w.choose(100, "milliseconds")) * time.Millisecond)
	case 3:
		w.advance(worldTimeout / 2)
	case 4, 5:
		if p.s != nil {
			w.cut(p.s)
		}
	case 6, 7, 8:
		if p.s != nil {
			w.heal(p.s)
		}
	case 9:
		if p.s != nil {
			w.straggle(p.s)
		}
	case 10:
		if p.role == roleOn {
			w.roleReturns(p)
		}
	case 11:
		w.disturb(p)
	case 12:
		p.late = !p.late
		p.tardy = p.tardy || p.late
	}
}

// disturb is what happens more rarely: by force, or by somebody's wish.
func (w *world) disturb(p *proc) {
	switch w.choose(7, "disturbance") {
	case 0:
		// Where names start over, a name shared by two processes is no identity any more; see the transcript.
		if !w.twins {
			w.wiped = true
			w.meddle(worldPath)
		}
	case 1:
		if node := p.m.Status().Node; node != "" {
			w.meddle(coord.JoinPath(worldPath, node))
		}
	case 2:
		if p.s != nil && !p.s.ended {
			w.cut(p.s)
			w.end(p.s)
			w.excuse()
		}
	case 3:
		w.step(p, Event{Kind: Resign})
	case 4:
		if !p.finished {
			w.step(p, Event{Kind: Leave})
		}
	case 5:
		w.crash(p)
	case 6:
		w.misname(p)
	}
}

// crash ends a process at once, and starts another like it. The session is left to expire.
func (w *world) crash(p *proc) {
	if p.s != nil {
		w.orphan(p)
	}
	*p = proc{name: p.name + "'", cfg: p.cfg, m: New(p.cfg)}
	w.step(p, Event{Kind: Start})
}

// progress does up to n things that are due without any time passing: a session opens, a request is served, a message taken in.
func (w *world) progress(p *proc, n int) {
	for ; n > 0; n-- {
		switch can := w.due(p); {
		case len(can) == 0:
			return
		default:
			can[w.choose(len(can), "next")]()
		}
	}
}

func (w *world) due(p *proc) []func() {
	var can []func()
	if p.opening && !p.finished {
		can = append(can, func() { w.open(p) })
	}
	if p.s != nil && len(p.s.requests) > 0 {
		can = append(can, func() { w.serve(p.s) })
	}
	states := 0
	for i, ev := range p.inbox {
		if ev.Kind == WatchFired && slices.ContainsFunc(p.inbox, func(e Event) bool { return e.Kind == Reply && e.Call == ev.Call }) {
			continue // a watch is waited for when the reply that armed it has been taken in
		}
		if ev.Kind == Suspended || ev.Kind == Resumed || ev.Kind == Expired {
			if states++; states > 1 {
				continue
			}
		}
		can = append(can, func() { w.take(p, i) })
	}
	return can
}

// take brings a message to the Machine.
func (w *world) take(p *proc, i int) {
	ev := p.inbox[i]
	p.inbox = append(p.inbox[:i:i], p.inbox[i+1:]...)
	if ev.Kind == Expired {
		p.s = nil
		p.excused = p.excused || p.role != roleOff
	}
	w.step(p, ev)
}

func (w *world) roleReturns(p *proc) {
	p.role = roleOff
	ev := Event{Kind: RoleReturned}
	if !w.calm && w.choose(2, "role fails") == 1 {
		ev.Err = fmt.Errorf("role of %s failed", p.name)
	}
	p.inbox = append(p.inbox, ev)
}

// advance lets time pass, from one thing that is due to the next.
func (w *world) advance(d time.Duration) {
	for end := w.now.Add(d); w.now < end; {
		next := end
		for _, p := range w.procs {
			if at, ok := p.m.Deadline(); ok && !p.late && at > w.now {
				next = min(next, at)
			}
			if p.role == roleStopping && p.returnAt > w.now {
				next = min(next, p.returnAt)
			}
		}
		w.now = next
		w.onTime()
	}
}

func (w *world) onTime() {
	for _, s := range w.sessions {
		if s.linked {
			s.heard = w.now
		}
	}
	for _, p := range w.procs {
		if p.role == roleStopping && w.now >= p.returnAt {
			w.roleReturns(p)
		}
		if at, ok := p.m.Deadline(); ok && !p.late && w.now >= at {
			w.step(p, Event{Kind: Tick})
		}
	}
	w.expireSilent()
}

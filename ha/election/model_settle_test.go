package election

import (
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// calmDown ends the faults, gives the time that everything may take at most, and then looks at what has come of it.
func (w *world) calmDown() {
	w.calm = true
	for _, p := range w.procs {
		p.late = false
	}
	w.start(w.procs[0].cfg) // the others may all be about to leave
	for end := w.now.Add(12 * worldTimeout); w.now < end; w.advance(worldTimeout / 50) {
		w.settle()
	}
	w.settle()
	w.checkSettled()
}

// settle lets everything happen that needs no time.
func (w *world) settle() {
	for busy := true; busy; {
		busy = false
		for _, p := range w.procs {
			if p.s != nil {
				w.heal(p.s)
			}
			for n := 0; len(w.due(p)) > 0; n++ {
				if n > 1000 {
					w.failf("%s: never comes to rest: %+v", p.name, p.m)
				}
				w.due(p)[0]()
				busy = true
			}
		}
	}
}

// checkSettled is L1, L2, L3 and S6.
func (w *world) checkSettled() {
	var master *proc
	for _, p := range w.procs {
		st := p.m.Status()
		if p.finished {
			continue
		}
		nodes := w.children(p.s)
		if len(nodes) != 1 || nodes[0] != coord.JoinPath(worldPath, st.Node) {
			w.failf("%s: nodes of its session %v, its own is %q: %+v", p.name, nodes, st.Node, p.m)
		}
		if p.role == roleOn {
			master = p
		} else if !w.hasWatch(p) {
			w.failf("%s: waits for nothing: %+v", p.name, p.m)
		}
	}
	if master == nil {
		w.failf("nobody is master: %+v", w.describe())
		return
	}
	if best := w.wants(); best.cfg.Policy.Displaces && best != master {
		w.failf("%s is master, the policy wants %s: %v", master.name, best.name, w.describe())
	}
}

func (w *world) children(s *session) []string {
	if s == nil {
		return nil
	}
	return slices.Collect(w.tree.Ephemerals(s.id))
}

// hasWatch reports whether a standby hears of more than what happens to its own node.
func (w *world) hasWatch(p *proc) bool {
	own := coord.JoinPath(worldPath, p.m.Status().Node)
	for _, a := range w.watches {
		if a.s == p.s && a.path != own && p.m.Watching(a.call) {
			return true
		}
	}
	return false
}

func (w *world) describe() string {
	s := ""
	for _, p := range w.procs {
		s += fmt.Sprintf("\n%s: role %v, %+v", p.name, p.role, p.m)
	}
	return s
}

// leaveAll: whoever is asked to, leaves within round trips, and cleanly.
func (w *world) leaveAll() {
	for _, p := range w.procs {
		w.step(p, Event{Kind: Leave})
		for end := w.now.Add(worldTimeout); !p.finished && w.now < end; w.advance(worldTimeout / 50) {
			w.settle()
		}
		if !p.finished {
			w.failf("%s does not leave: %+v", p.name, p.m)
		}
	}
}

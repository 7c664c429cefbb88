package election

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// masterAt returns a Machine that leads, through the events of a world without faults.
func masterAt(b *testing.B, others int) (*world, *proc) {
	w := newWorld(b.Fatalf, func(string, ...any) {}, func(int, string) int { return 0 })
	w.calm = true
	cfg := &Config{Path: worldPath, ID: "a"}
	for range 1 + others {
		w.start(cfg)
		w.settle()
	}
	return w, w.procs[0]
}

// BenchmarkRenewal is what an idle master does once a period: a tick, and the renewal's answer.
func BenchmarkRenewal(b *testing.B) {
	w, p := masterAt(b, 0)
	m, now, effects := p.m, w.now, []Effect(nil)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(worldTimeout / 6)
		effects = m.Step(now, Event{Kind: Tick, Alive: now.Add(worldTimeout)}, effects[:0])
		effects = m.Step(now, Event{Kind: Reply, Call: m.renewal, Alive: now.Add(worldTimeout)}, effects[:0])
	}
	if m.role != roleOn {
		b.Fatalf("the term ended: %+v", m)
	}
}

// BenchmarkLook is a standby's look among ten candidates, from the watch that fires to the watch that is armed.
func BenchmarkLook(b *testing.B) {
	w, _ := masterAt(b, 9)
	m, now := w.procs[9].m, w.now
	names, _, _ := w.tree.Children(nil, worldPath, nil)
	data, stat, _ := w.tree.Get(worldPath, nil)
	effects := []Effect(nil)
	alive := now.Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		for _, ev := range []Event{
			{Kind: WatchFired, Call: m.watches[watchPrev], Change: coord.DataChanged},
			{Kind: Reply, Data: data, Stat: stat},
			{Kind: Reply, Names: names},
			{Kind: Reply, Stat: coord.Stat{EphemeralOwner: 1}},
		} {
			ev.Alive = alive
			if ev.Kind == Reply {
				ev.Call = m.call
			}
			effects = m.Step(now, ev, effects[:0])
		}
	}
	if m.watches[watchPrev] == 0 {
		b.Fatalf("no watch is armed: %+v", m)
	}
}

// BenchmarkCopy is what a simulator pays to branch off a state.
func BenchmarkCopy(b *testing.B) {
	w, _ := masterAt(b, 9)
	var sink Machine
	for b.Loop() {
		sink = w.procs[9].m
	}
	_ = sink
}

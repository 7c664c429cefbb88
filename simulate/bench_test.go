package simulate

import (
	"testing"
	"time"
)

// BenchmarkSwarm plays worlds as `hademo simulate` does, one after another, checker and all.
func BenchmarkSwarm(b *testing.B) {
	b.ReportAllocs()
	events, seed := 0, uint64(0)
	var virtual time.Duration
	for b.Loop() {
		r := Run(Options{Seed: seed})
		if r.Violation != nil {
			b.Fatal(r.Violation)
		}
		events += r.Events
		virtual += r.Elapsed
		seed++
	}
	report(b, events, virtual)
}

// BenchmarkFiveNodes is five candidates and three servers, first without faults and then with.
func BenchmarkFiveNodes(b *testing.B) {
	for _, c := range []struct {
		name  string
		quiet bool
	}{{"quiet", true}, {"faults", false}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			events, seed := 0, uint64(0)
			var virtual time.Duration
			for b.Loop() {
				r := Run(Options{Seed: seed, Nodes: 5, Servers: 3, Quiet: c.quiet, For: 10 * time.Minute})
				if r.Violation != nil {
					b.Fatal(r.Violation)
				}
				events += r.Events
				virtual += r.Elapsed
				seed++
			}
			report(b, events, virtual)
		})
	}
}

// BenchmarkClone is what it takes to branch off a world of five nodes.
func BenchmarkClone(b *testing.B) {
	w := NewWorld(Options{Seed: 1, Nodes: 5, Servers: 3}, NewGenerator(1), nil)
	w.run(began.Add(20 * time.Second))
	b.ReportAllocs()
	for b.Loop() {
		w.Clone(w.choose)
	}
}

func report(b *testing.B, events int, virtual time.Duration) {
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(events)/seconds, "events/s")
	b.ReportMetric(virtual.Hours()/seconds, "virtual-hours/s")
	b.ReportMetric(seconds*1e9/float64(events), "ns/event")
}

package simulate

import (
	"runtime"
	"testing"
	"time"
)

// BenchmarkSwarm plays worlds as `hademo simulate` does, one after another, checker and all.
func BenchmarkSwarm(b *testing.B) {
	measure(b, Options{})
}

// BenchmarkFiveNodes is five candidates and three servers, first without faults and then with.
func BenchmarkFiveNodes(b *testing.B) {
	for _, c := range []struct {
		name  string
		quiet bool
	}{{"quiet", true}, {"faults", false}} {
		b.Run(c.name, func(b *testing.B) {
			measure(b, Options{Nodes: 5, Servers: 3, Quiet: c.quiet, For: 10 * time.Minute})
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

// measure plays worlds with seeds that count up, and reports what an event took.
func measure(b *testing.B, o Options) {
	events := 0
	var virtual time.Duration
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		r := Run(o)
		if r.Violation != nil {
			b.Fatal(r.Violation)
		}
		events += r.Events
		virtual += r.Elapsed
		o.Seed++
	}
	runtime.ReadMemStats(&after)
	seconds, each := b.Elapsed().Seconds(), 1/float64(events)
	b.ReportMetric(float64(events)/seconds, "events/s")
	b.ReportMetric(virtual.Hours()/seconds, "virtual-hours/s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)*each, "allocs/event")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)*each, "B/event")
	b.ReportMetric(0, "ns/op")
}

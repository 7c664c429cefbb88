package explore

import "testing"

// BenchmarkWalk reports states a second, the working out of parts included.
func BenchmarkWalk(b *testing.B) {
	generated, distinct := 0, 0
	for b.Loop() {
		r, err := Walk(b.Context(), Options{Nodes: 2, Faults: 1, Kinds: Cut, States: 3e6})
		if err != nil || r.Violation != nil {
			b.Fatal(err, r.Violation)
		}
		generated += r.Generated
		distinct += r.Distinct
	}
	b.ReportMetric(float64(generated)/b.Elapsed().Seconds(), "generated/s")
	b.ReportMetric(float64(distinct)/b.Elapsed().Seconds(), "distinct/s")
	b.ReportMetric(0, "ns/op")
}

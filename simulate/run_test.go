package simulate

import "testing"

func TestScratch(t *testing.T) {
	total := 0
	var seen Seen
	for seed := range uint64(20000) {
		r := Run(Options{Seed: seed, Quiet: seed%4 == 0})
		total += r.Events
		seen.Add(&r.Seen)
		if r.Violation != nil {
			t.Errorf("seed %d: %v", seed, r.Violation)
			t.Logf("\n%s", r.History.tail(40))
			break
		}
	}
	t.Logf("%d events\n%s", total, seen.String())
}

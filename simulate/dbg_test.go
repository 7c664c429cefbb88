package simulate

import (
	"fmt"
	"testing"
)

func TestDbg(t *testing.T) {
	h := &History{}
	w := NewWorld(Options{Seed: 9215}, NewGenerator(9215), h)
	w.run(began.Add(w.For))
	n := &w.nodes[1]
	fmt.Printf("T=%v tick=%v known=%v grants=%v grace=%v sess=%v ev=%v gap=%v every=%v servers=%d near=%v faults=%v drift=%v\n", w.timeout, w.tick, w.known, w.grants, w.grace(n), n.session.timeout, n.session.evidence.Timeout(), n.session.evidence.Gap(), n.session.evidence.RenewEvery(), n.session.server, w.near, w.faults, w.ppm)
	fmt.Println(h.tail(70))
}

package simulate
import ("testing";"fmt";"github.com/hamaster/hamaster/coord")
func TestDbg(t *testing.T) {
	h := &History{}
	w := NewWorld(Options{Seed: 49}, NewGenerator(49), h)
	w.run(began.Add(w.For))
	w.heal()
	w.run(w.now.Add(20*1e9))
	n,_ := w.master()
	if n == nil { n = &w.nodes[2] }
	fmt.Printf("T=%v tick=%v known=%v grants=%v grace=%v sess=%v ev=%v gap=%v every=%v servers=%d near=%v\n", w.timeout, w.tick, w.known, w.grants, w.grace(n), n.session.timeout, n.session.evidence.Timeout(), n.session.evidence.Gap(), n.session.evidence.RenewEvery(), n.session.server, w.near)
	last := coord.Instant(0)
	for i := 0; i < 4000; i++ {
		w.Next()
		if u := n.session.evidence.Until(); u != last { last = u; fmt.Println(w.now.Sub(began), "until in", u.Sub(n.local(w.now)), n.role, n.machine.Status().State) }
	}
}

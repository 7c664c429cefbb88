package simulate
import ("testing";"fmt")
func TestDbg(t *testing.T) {
	h := &History{}
	w := NewWorld(Options{Seed: 0, Quiet: true}, NewGenerator(0), h)
	for w.checker.violation == nil && w.Next() {}
	e := w.log[len(w.log)-1]
	for _, o := range e.call.Ops { fmt.Printf("%+v %s\n", o, o.Data) }
	fmt.Println(w.policy.Name, w.describe())
}

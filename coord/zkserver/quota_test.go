package zkserver_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/internal/zktest"
)

// Quotas are made, exceeded, changed and taken back at random, and the figures that both servers keep are the same throughout, as are the
// answers, where limits are enforced and where they are not.
func TestQuotasAreThoseOfARealServer(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		t.Run(fmt.Sprintf("enforced=%v", enforce), func(t *testing.T) {
			const tick = 2 * time.Second
			genuine := zktest.Start(t, zktest.Config{Tick: tick, Extra: map[string]string{"enforceQuota": fmt.Sprint(enforce)}})
			srv := start(t, zkserver.Config{TickTime: tick, EnforceQuota: enforce})
			runs := 0
			rapid.Check(t, func(rt *rapid.T) {
				runs++
				w := newTwin(t, 1, srv.Addr(), genuine.Addrs()[0])
				defer w.close()
				g := generator{rt: rt, root: fmt.Sprintf("/q%d", runs)}
				if !g.quotas(w) {
					rt.Fatal("the servers differ")
				}
			})
		})
	}
}

// quotas makes two nodes, one in the other, and the places for quotas on both, and then does things to them.
func (g *generator) quotas(w *twin) bool {
	for _, path := range []string{g.root, g.root + "/a", "/zookeeper/quota" + g.root, "/zookeeper/quota" + g.root + "/a"} {
		if !w.request(0, wire.OpCreate, same(createBody(path, nil, 0))) {
			return false
		}
	}
	for range rapid.IntRange(1, 16).Draw(g.rt, "requests") {
		op, body := g.quotaStep()
		g.rt.Logf("operation %d: %q", op, body)
		if !w.request(0, op, same(body)) {
			return false
		}
		figures := func(top string) []byte {
			return part(wire.OpGetData, readBody("/zookeeper/quota"+g.root+top+"/zookeeper_stats", false))
		}
		if !w.request(0, wire.OpMultiRead, same(multiBody(figures(""), figures("/a")))) {
			return false
		}
	}
	return true
}

func (g *generator) quotaStep() (wire.Op, []byte) {
	top := g.root + pick(g, "top", "", "/a")
	limits, figures := "/zookeeper/quota"+top+"/zookeeper_limits", "/zookeeper/quota"+top+"/zookeeper_stats"
	limit := []byte(pick(g, "limit", "count=3,bytes=5", "count=-1,bytes=-1=;byteHardLimit=6", "count=-1,bytes=-1=;countHardLimit=4",
		"count=2,bytes=2=;byteHardLimit=9;countHardLimit=5", ""))
	switch rapid.IntRange(0, 11).Draw(g.rt, "kind") {
	case 0, 1:
		return wire.OpMulti, multiBody(part(wire.OpCreate, createBody(limits, limit, 0)), part(wire.OpCreate, createBody(figures, []byte{}, 0)))
	case 2:
		return wire.OpSetData, setBody(limits, limit, -1)
	case 3:
		return wire.OpDelete, versionBody(pick(g, "node", limits, figures), -1)
	case 4:
		return wire.OpCreate2, createBody(pick(g, "node", limits, figures), limit, 0)
	case 5:
		return wire.OpMulti, multiBody(
			part(wire.OpCreate, createBody(top+"/m", g.data(), 0)), part(wire.OpCreate, createBody(top+"/n", g.data(), 0)),
			part(wire.OpSetData, setBody(top, g.data(), -1)), part(wire.OpDelete, versionBody(top+"/m", -1)))
	}
	path := top + pick(g, "path", "", "/x", "/y", "/z", "/m", "/n")
	switch rapid.IntRange(0, 3).Draw(g.rt, "write") {
	case 0:
		return wire.OpSetData, setBody(path, g.data(), -1)
	case 1:
		return wire.OpDelete, versionBody(path, -1)
	}
	return wire.OpCreate, createBody(path, g.data(), pick(g, "flags", coord.Persistent, coord.Ephemeral, coord.PersistentSequential))
}

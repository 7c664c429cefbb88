package linear

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/internal/zktest"
)

const numClients = 3

// check lets drawn scripts be played, and fails with the history of one that has no order.
func check(t rapid.TB, v *service, root string, s script, partition func([]porcupine.Operation) [][]porcupine.Operation) {
	t.Helper()
	if recorder, err := v.play(root, s, partition); err != nil {
		t.Logf("the history\n%s", recorder)
		t.Fatal(err)
	}
}

// bubbled draws scripts, and plays each in virtual time on a service of its own. Every draw is of one script of both kinds.
func bubbled(t *testing.T, fence fence, start func(rapid.TB, fence, []time.Duration) (*service, func())) {
	synctest.Test(t, func(t *testing.T) {
		// Only the common methods: asking for the deadline is not allowed in a bubble.
		common := struct{ testing.TB }{t}
		rapid.Check(common, func(t *rapid.T) {
			v, stop := start(t, fence, rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 5), milliseconds), 4, 4).Draw(t, "delays"))
			defer stop()
			check(t, v, "/w", departing(writes(numClients, 8, true)).Draw(t, "writes"), whole)
			check(t, v, "/r", registers(numClients, 12, true).Draw(t, "registers"), byPath)
		})
	})
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// Nothing is ever stale there: reads need no fence.
func TestMembackendIsLinearizable(t *testing.T) { bubbled(t, noFence, inMemory) }

func TestZkbackendOverZkserverIsLinearizable(t *testing.T) { bubbled(t, withSync, piped) }

func TestZkbackendOverZooKeeperIsLinearizable(t *testing.T) {
	t.Parallel() // with the test of the ensemble, which waits most of the time
	server := zktest.Start(t, zktest.Config{Tick: 2 * time.Second})
	v := over(t, withSync, server.Addrs()...)
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		root := fmt.Sprintf("/run%d", runs)
		if rapid.Bool().Draw(t, "apart") {
			check(t, v, root, registers(numClients, 12, true).Draw(t, "registers"), byPath)
			return
		}
		check(t, v, root, departing(writes(numClients, 8, true)).Draw(t, "writes"), whole)
	})
}

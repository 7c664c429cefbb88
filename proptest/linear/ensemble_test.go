package linear

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hamaster/hamaster/internal/zktest"
)

// What a leader has acknowledged survives it, and what was under way when it died happened or did not, as whoever reads behind a barrier
// sees it. Plain reads, and those behind a sync, promise less there, and are left out.
func TestAnEnsembleIsLinearizableThroughTheEndOfItsLeader(t *testing.T) {
	t.Parallel()
	ensemble := zktest.Start(t, zktest.Config{Servers: 3, Tick: 2 * time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	v := over(t, withBarrier, ensemble.Addrs()...)
	const rounds, length = 2, 40
	for round := range rounds {
		leader, err := ensemble.Leader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		v.kill = leader.Kill
		s := registers(numClients, length, true).Example(round)
		s[0][length/4] = action{fault: killLeader}
		check(t, v, fmt.Sprint("/ensemble", round), s, byPath)
		if err := leader.Restart(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

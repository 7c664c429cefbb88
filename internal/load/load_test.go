package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/internal/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryRowIsMeasuredOnBothServers(t *testing.T) {
	zktest.Need(t)
	t.Setenv("TMPDIR", t.TempDir()) // so that it is put back
	var out strings.Builder
	const blink = 10 * time.Millisecond
	p := plan{out: &out, starts: 1, rounds: 2, warm: blink, round: blink, sessions: []int{1, 3}, place: apart}
	if err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		for _, sessions := range p.sessions {
			if row := fmt.Sprintf("| %s | %d |", op.name, sessions); strings.Count(out.String(), row) != 1 {
				t.Errorf("no row %q in\n%s", row, out.String())
			}
		}
	}
}

func TestARunLeavesNoSessionBehind(t *testing.T) {
	srv, err := zkserver.Start(zkserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	if err := prepare(srv.Addr(), 2); err != nil {
		t.Fatal(err)
	}
	made, err := run(srv.Addr(), operations[0], 2, 10*time.Millisecond)
	if err != nil || len(made.took) == 0 {
		t.Fatalf("%d made: %v", len(made.took), err)
	}
	if left := srv.Sessions(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestQuantilesAreThoseOfTheSortedSample(t *testing.T) {
	var s sample
	if s.quantile(0.99) != 0 {
		t.Error("a quantile of nothing")
	}
	for i := range 100 {
		s.took = append(s.took, time.Duration(100-i))
	}
	if got := []time.Duration{s.quantile(0), s.quantile(0.5), s.quantile(0.99), s.quantile(1)}; !slices.Equal(got, []time.Duration{1, 51, 100, 100}) {
		t.Errorf("got %v", got)
	}
}

// BenchmarkServers measures what the command does, row by row and server by server. The figures that count are the reported ones.
func BenchmarkServers(b *testing.B) {
	zktest.Need(b)
	err := compare(b.Context(), b.TempDir(), hardWork, apart, func(both pair) error {
		benchmark(b, "ZooKeeper", both.theirs)
		benchmark(b, "zkserver", both.ours)
		return nil
	})
	if err != nil {
		b.Error(err)
	}
}

func benchmark(b *testing.B, name string, s server) {
	if err := prepare(s.addr(), 1000); err != nil {
		b.Error(err)
		return
	}
	for _, op := range operations {
		for _, sessions := range []int{1, 32, 1000} {
			b.Run(fmt.Sprintf("%s/%s/%d", op.name, name, sessions), func(b *testing.B) {
				var all sample
				for b.Loop() {
					if err := all.measure(s, op, sessions, 100*time.Millisecond); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(all.rate(), "requests/s")
				b.ReportMetric(us(all.quantile(0.5)), "p50-µs")
				b.ReportMetric(us(all.quantile(0.99)), "p99-µs")
			})
		}
	}
}

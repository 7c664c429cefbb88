package measure

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

const (
	tick    = 200 * time.Millisecond
	timeout = 2 * time.Second
	path    = "/measure/master"
)

// stage is one service, and a record of whose role ran when.
type stage struct {
	tb  testing.TB
	zk  *zktest.Ensemble
	mu  sync.Mutex
	all []*span
	new chan struct{} // closed when a role starts
}

type span struct {
	id         string
	start, end time.Time // end is zero while it runs
}

func newStage(tb testing.TB) *stage {
	zktest.Need(tb)
	return &stage{tb: tb, zk: zktest.Start(tb, zktest.Config{Tick: tick}), new: make(chan struct{})}
}

// actor is one candidate.
type actor struct {
	leave context.CancelFunc
	done  chan struct{}
}

func (a *actor) quit() {
	a.leave()
	<-a.done
}

// join starts a candidate that reaches the servers at these addresses.
func (s *stage) join(id string, servers ...string) *actor {
	s.tb.Helper()
	backend, err := zkbackend.New(zkbackend.Config{Servers: servers, SessionTimeout: timeout, Tick: tick})
	if err != nil {
		s.tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &actor{leave: cancel, done: make(chan struct{})}
	registered := make(chan struct{})
	var once sync.Once
	observe := ha.ObserverFunc(func(e ha.Event) {
		if e.Kind == ha.BecameStandby || e.Kind == ha.RoleStarted {
			once.Do(func() { close(registered) })
		}
	})
	go func() {
		defer close(a.done)
		_ = ha.Run(ctx, backend, ha.Config{Path: path, ID: id, Observer: observe}, func(ctx context.Context, _ *ha.Term) error {
			mine := s.begin(id, time.Now())
			<-ctx.Done()
			s.finish(mine, time.Now())
			return nil
		})
	}()
	s.tb.Cleanup(a.quit)
	<-registered
	return a
}

func (s *stage) begin(id string, at time.Time) *span {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := &span{id: id, start: at}
	s.all = append(s.all, mine)
	close(s.new)
	s.new = make(chan struct{})
	return mine
}

func (s *stage) finish(mine *span, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine.end = at
}

// wait returns when id's role has started after that moment, and says when it did.
func (s *stage) wait(id string, after time.Time) time.Time {
	for {
		s.mu.Lock()
		changed := s.new
		for _, r := range s.all {
			if r.id == id && r.start.After(after) {
				s.mu.Unlock()
				return r.start
			}
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(time.Minute):
			s.tb.Fatalf("%s was not master within a minute", id)
		}
	}
}

// gaps is for how long, between the two moments, nobody's role ran, and for how long more than one did.
func (s *stage) gaps(from, to time.Time) (none, both time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edges := []time.Time{from, to}
	for _, r := range s.all {
		for _, t := range []time.Time{r.start, r.end} {
			if t.After(from) && t.Before(to) {
				edges = append(edges, t)
			}
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	for i, t := range edges[1:] {
		d, running := t.Sub(edges[i]), 0
		for _, r := range s.all {
			if !r.start.After(edges[i]) && (r.end.IsZero() || !r.end.Before(t)) {
				running++
			}
		}
		if running == 0 {
			none += d
		}
		if running > 1 {
			both += d
		}
	}
	return none, both
}

// report adds the median, the least and the greatest as figures in milliseconds.
func report(b *testing.B, what string, ds []time.Duration) {
	slices.Sort(ds)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(ds[len(ds)/2]), "ms-median-"+what)
	b.ReportMetric(ms(ds[0]), "ms-least")
	b.ReportMetric(ms(ds[len(ds)-1]), "ms-most")
}

func name(i int) string { return fmt.Sprintf("c%d", i) }

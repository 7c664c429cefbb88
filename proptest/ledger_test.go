package proptest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// ledger records whose role ran when, and holds that against the promises S1 and S2.
type ledger struct {
	mu      sync.Mutex
	spans   []*span
	changed chan struct{} // closed when a span begins or ends
}

// span is one run of a role.
type span struct {
	id         string
	term       *ha.Term
	start, end time.Time // end is zero while it runs
	excused    bool      // its session was ended by force: the service may have given the place to another before it could know
	cause      error
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

// role notes when it starts and stops. After being told to stop it needs as long as wind takes.
func (l *ledger) role(id string, wind func()) ha.Role {
	return func(ctx context.Context, term *ha.Term) error {
		s := &span{id: id, term: term}
		l.note(func() {
			s.start = time.Now()
			l.spans = append(l.spans, s)
		})
		<-ctx.Done()
		wind()
		l.note(func() { s.end, s.cause = time.Now(), context.Cause(ctx) })
		return nil
	}
}

func (l *ledger) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	close(l.changed)
	l.changed = make(chan struct{})
}

// present are the spans that run now, and a channel that is closed when that changes.
func (l *ledger) present() ([]*span, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var now []*span
	for _, s := range l.spans {
		if s.end.IsZero() {
			now = append(now, s)
		}
	}
	return now, l.changed
}

// excuse exempts the roles that run now from S1: their sessions are about to be ended by force.
func (l *ledger) excuse(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.spans {
		if s.end.IsZero() && s.id == id {
			s.excused = true
		}
	}
}

// violations are all that contradicts S1 or S2.
func (l *ledger) violations() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for i, a := range l.spans {
		for _, b := range l.spans[i+1:] { // which started later
			if a.term.Token() >= b.term.Token() {
				all = append(all, fmt.Sprintf("S2: the token of %v is not greater than that of %v", b, a))
			}
			if !a.excused && (a.end.IsZero() || b.start.Before(a.end)) {
				all = append(all, fmt.Sprintf("S1: %v while %v", b, a))
			}
		}
	}
	return all
}

func (s *span) String() string {
	end := "still runs"
	if !s.end.IsZero() {
		end = fmt.Sprintf("stopped at %s: %v", s.end.Format(clockLayout), s.cause)
	}
	return fmt.Sprintf("%s with token %v, started at %s, %s", s.id, s.term.Token(), s.start.Format(clockLayout), end)
}

const clockLayout = "15:04:05.000"

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var text strings.Builder
	for _, s := range l.spans {
		fmt.Fprintf(&text, "  %v\n", s)
	}
	return text.String()
}

// proven reports whether the span's term stands at the service: whether a fenced transaction goes through.
func (s *span) proven(ctx context.Context) bool {
	_, err := s.term.Multi(ctx, coord.CheckOp("/", coord.AnyVersion))
	return err == nil
}

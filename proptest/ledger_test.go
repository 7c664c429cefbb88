package proptest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// ledger records whose role ran when, and holds that against the promises S1 and S2.
type ledger struct {
	mu      sync.Mutex
	entries int // how many times a role has started or stopped
	spans   []*span
	pardons []pardon
	changed chan struct{} // closed when a role starts or stops
}

// span is one run of a role. Began and ended number the entries of the ledger: they order what happens at one instant.
type span struct {
	id           string
	term         *ha.Term
	start, end   time.Time
	began, ended int // ended is 0 while it runs
	cause        error
}

// pardon exempts the terms of a candidate node, up to a transaction, from S1: node or session was ended by force, so that the
// service may have given the place to another before the master could know.
type pardon struct {
	node string
	upTo coord.Zxid
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

// role works until it is told to stop, and then needs as long as wind takes.
func (l *ledger) role(id string, work func(context.Context, *ha.Term) error, wind func()) ha.Role {
	return func(ctx context.Context, term *ha.Term) error {
		s := &span{id: id, term: term, start: time.Now()}
		l.note(func(n int) {
			s.began = n
			l.spans = append(l.spans, s)
		})
		err := work(ctx, term)
		wind()
		l.note(func(n int) { s.ended, s.end, s.cause = n, time.Now(), context.Cause(ctx) })
		return err
	}
}

// idle is the work of a role that does nothing.
func idle(ctx context.Context, _ *ha.Term) error {
	<-ctx.Done()
	return nil
}

func (l *ledger) note(f func(entry int)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries++
	f(l.entries)
	close(l.changed)
	l.changed = make(chan struct{})
}

// present are the spans that run now, and a channel that is closed when that changes.
func (l *ledger) present() ([]*span, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var now []*span
	for _, s := range l.spans {
		if s.ended == 0 {
			now = append(now, s)
		}
	}
	return now, l.changed
}

func (l *ledger) pardon(node string, upTo coord.Zxid) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pardons = append(l.pardons, pardon{node, upTo})
}

func (l *ledger) pardoned(s *span) bool {
	return slices.ContainsFunc(l.pardons, func(p pardon) bool { return p.node == s.term.Node() && s.term.Token() <= p.upTo })
}

// violations are all that contradicts S1 or S2.
func (l *ledger) violations() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for i, a := range l.spans {
		for _, b := range l.spans[i+1:] { // which started later
			if a.term.Token() == b.term.Token() || a.term.Token() > b.term.Token() && !l.pardoned(b) {
				all = append(all, fmt.Sprintf("S2: the token of %v is not greater than that of %v", b, a))
			}
			if (a.ended == 0 || b.began < a.ended) && !l.pardoned(a) && !l.pardoned(b) {
				all = append(all, fmt.Sprintf("S1: %v while %v", b, a))
			}
		}
	}
	return all
}

func (s *span) String() string {
	end := "still runs"
	if s.ended != 0 {
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

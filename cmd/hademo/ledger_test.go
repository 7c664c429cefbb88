package main

import (
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

var began = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }

func started(ms int, id string, token coord.Zxid) record {
	return record{Time: timestamp{at(ms)}, ID: id, Event: ha.RoleStarted, Token: token}
}

func stopped(ms int, id string, token coord.Zxid, reason string) record {
	return record{Time: timestamp{at(ms)}, ID: id, Event: ha.RoleStopped, Token: token, Reason: reason}
}

func TestLedgerAcceptsTermsOneAfterAnother(t *testing.T) {
	var l ledger
	l.note(started(0, "a", 5))
	l.killed("a", at(1000))
	l.note(started(3000, "b", 9))
	l.retired("b", at(4000))
	// Heard of in another order than it happened.
	l.note(started(4003, "a", 12))
	l.note(stopped(4001, "b", 9, "leaving"))
	l.note(stopped(5000, "a", 12, "leaving"))
	if err := l.verdict(); err != nil {
		t.Fatal(err)
	}
	terms := l.inOrder()
	if got := terms[0].gap(terms[1]); got != 2*time.Second {
		t.Errorf("fail-over took %v", got)
	}
	if got := terms[1].gap(terms[2]); got != 3*time.Millisecond {
		t.Errorf("hand-over took %v", got)
	}
}

func TestLedgerRejects(t *testing.T) {
	for name, c := range map[string]struct {
		overlaps int
		want     string
		fill     func(*ledger)
	}{
		"no term at all": {0, "at least one term", func(*ledger) {}},
		"a term before the other's end": {1, "one master at a time: a (token 0x1)", func(l *ledger) {
			l.note(started(0, "a", 1))
			l.note(started(9, "b", 2))
			l.note(stopped(10, "a", 1, "preempted"))
		}},
		"a term beside one that never ended": {1, "until the end", func(l *ledger) {
			l.note(started(0, "a", 1))
			l.note(started(9, "b", 2))
		}},
		"a long term around two others": {2, "and c (token 0x3)", func(l *ledger) {
			l.note(started(0, "a", 1))
			l.note(started(1, "b", 2))
			l.note(stopped(2, "b", 2, "leaving"))
			l.note(started(3, "c", 3))
			l.note(stopped(4, "a", 1, "leaving"))
			l.note(stopped(5, "c", 3, "leaving"))
		}},
		"a token twice": {0, "growing tokens: a had 0x7, and after it b had 0x7", func(l *ledger) {
			l.note(started(0, "a", 7))
			l.killed("a", at(1))
			l.note(started(2, "b", 7))
			l.killed("b", at(3))
		}},
		"a smaller token": {0, "growing tokens: a had 0x7, and after it a had 0x6", func(l *ledger) {
			l.note(started(0, "a", 7))
			l.killed("a", at(1))
			l.note(started(2, "a", 6))
			l.killed("a", at(3))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var l ledger
			c.fill(&l)
			if err := l.verdict(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to say %q", err, c.want)
			}
			if got := len(l.overlaps()); got != c.overlaps {
				t.Errorf("%d overlaps, want %d", got, c.overlaps)
			}
		})
	}
}

func TestSummaryShowsEveryTermAndWhatItCost(t *testing.T) {
	var l ledger
	l.note(started(10, "alpha", 0x10))
	l.killed("alpha", at(1000))
	l.note(started(3100, "bravo", 0x20))
	l.retired("bravo", at(4000))
	l.note(stopped(4001, "bravo", 0x20, "leaving"))
	l.note(started(4003, "charlie", 0x30))
	l.note(stopped(5000, "charlie", 0x30, "leaving"))
	var b strings.Builder
	l.write(&b, began, 2*time.Second)
	const want = `
  term   master    token   from      until     ended     next master after
  1      alpha     0x10    0.010 s   1.000 s   killed    2.10 s
  2      bravo     0x20    3.100 s   4.001 s   leaving   3.0 ms
  3      charlie   0x30    4.003 s   5.000 s   leaving   

  fencing tokens   strictly growing
  overlaps         0
  fail-over        2.10 s   (until the session has expired: 2s was asked for)
  hand-over        3.0 ms
`
	if got := b.String(); got != want {
		t.Errorf("summary:\n%s\nwant:\n%s", got, want)
	}
}

package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// ledger is who was master when, by what the masters themselves printed.
type ledger struct{ terms []*tenure }

// tenure is one term, from when its role started until it stopped, or its process was killed.
type tenure struct {
	id         string
	token      coord.Zxid
	start, end time.Time // end is zero while it lasts
	asked      time.Time // when it was killed or told to leave; zero if it was not
	why        string    // it ended
}

const whyKilled = "killed"

func (l *ledger) note(r record) {
	switch r.Event {
	case ha.RoleStarted:
		l.terms = append(l.terms, &tenure{id: r.ID, token: r.Token, start: r.Time.Time})
	case ha.RoleStopped:
		for _, t := range l.terms {
			if t.id == r.ID && t.token == r.Token && t.end.IsZero() {
				t.end, t.why = r.Time.Time, r.Reason
			}
		}
	}
}

// present is the candidate's term that lasts, if there is one.
func (l *ledger) present(id string) *tenure {
	for _, t := range l.terms {
		if t.id == id && t.end.IsZero() {
			return t
		}
	}
	return nil
}

// killed notes that the candidate's process was killed, and with it any role.
func (l *ledger) killed(id string, at time.Time) {
	if t := l.present(id); t != nil {
		t.asked, t.end, t.why = at, at, whyKilled
	}
}

// retired notes that the candidate was told to leave.
func (l *ledger) retired(id string, at time.Time) {
	if t := l.present(id); t != nil {
		t.asked = at
	}
}

// inOrder are the terms by their start.
func (l *ledger) inOrder() []*tenure {
	return slices.SortedStableFunc(slices.Values(l.terms), func(a, b *tenure) int { return a.start.Compare(b.start) })
}

// last is the term that began last, or nil.
func (l *ledger) last() *tenure {
	if len(l.terms) == 0 {
		return nil
	}
	terms := l.inOrder()
	return terms[len(terms)-1]
}

// gap is how long after t was asked to go, or ended by itself, the next one began.
func (t *tenure) gap(next *tenure) time.Duration {
	if t.asked.IsZero() {
		return next.start.Sub(t.end)
	}
	return next.start.Sub(t.asked)
}

// overlaps are the pairs of terms that were in force at the same time, the earlier first.
func (l *ledger) overlaps() [][2]*tenure {
	var found [][2]*tenure
	terms := l.inOrder()
	for i, a := range terms {
		for _, b := range terms[i+1:] {
			if a.end.IsZero() || b.start.Before(a.end) {
				found = append(found, [2]*tenure{a, b})
			}
		}
	}
	return found
}

// stalled are the pairs of successive terms whose tokens do not grow.
func (l *ledger) stalled() [][2]*tenure {
	var found [][2]*tenure
	terms := l.inOrder()
	for i := 1; i < len(terms); i++ {
		if terms[i].token <= terms[i-1].token {
			found = append(found, [2]*tenure{terms[i-1], terms[i]})
		}
	}
	return found
}

// verdict is an error that names everything that must not be so.
func (l *ledger) verdict() error {
	var errs []error
	if len(l.terms) == 0 {
		errs = append(errs, errors.New("expected at least one term, saw none"))
	}
	for _, pair := range l.stalled() {
		a, b := pair[0], pair[1]
		errs = append(errs, fmt.Errorf("expected growing tokens: %s had %v, and after it %s had %v", a.id, a.token, b.id, b.token))
	}
	for _, pair := range l.overlaps() {
		a, b := pair[0], pair[1]
		errs = append(errs, fmt.Errorf("expected one master at a time: %s (token %v) was master until %s, and %s (token %v) from %s on",
			a.id, a.token, clockTime(a.end), b.id, b.token, clockTime(b.start)))
	}
	return errors.Join(errs...)
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return "the end"
	}
	return t.Local().Format("15:04:05.000000")
}

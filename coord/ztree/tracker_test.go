package ztree_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// The figures of the fact sheet: 1000 ms, a tick of 500.
func TestSilentSessionExpiresAtTheTickAfterItsTimeout(t *testing.T) {
	for _, c := range []struct{ touched, deadline int64 }{{0, 1500}, {1, 1500}, {499, 1500}, {500, 2000}, {999, 2000}} {
		k := ztree.NewTracker(500)
		k.Add(1, 1000, 0)
		k.Touch(1, c.touched)
		if got, ok := k.Next(); got != c.deadline || !ok {
			t.Errorf("touched at %d: deadline %d, want %d", c.touched, got, c.deadline)
		}
		if got := k.Expire(nil, c.deadline-1); got != nil {
			t.Errorf("touched at %d: expired before %d", c.touched, c.deadline)
		}
		if got := k.Expire(nil, c.deadline); !slices.Equal(got, []coord.SessionID{1}) {
			t.Errorf("touched at %d: not expired at %d", c.touched, c.deadline)
		}
		if _, ok := k.Next(); ok || k.Touch(1, c.deadline) {
			t.Error("an expired session is still tracked")
		}
	}
}

func TestRenegotiatedTimeoutCounts(t *testing.T) {
	k := ztree.NewTracker(10)
	k.Add(1, 1000, 0)
	k.Add(1, 100, 0)
	if got, _ := k.Deadline(1); got != 110 {
		t.Errorf("deadline %d", got)
	}
	if got := k.Expire(nil, 110); len(got) != 1 {
		t.Error("the shorter timeout was not kept to")
	}
}

func TestTickMustBePositive(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a tick of 0 was accepted")
		}
	}()
	ztree.NewTracker(0)
}

// A session lives at least its timeout after each sign of life, and less than a tick longer; and Expire and Next agree.
func TestTrackerKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tick := rapid.Int64Range(1, 50).Draw(t, "tick")
		k := ztree.NewTracker(tick)
		now := int64(0)
		type life struct{ heard, timeout int64 }
		alive := map[coord.SessionID]life{}
		id := func() coord.SessionID { return coord.SessionID(rapid.IntRange(1, 5).Draw(t, "id")) }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				id, timeout := id(), rapid.Int64Range(1, 100).Draw(t, "timeout")
				k.Add(id, timeout, now)
				alive[id] = life{now, timeout}
			},
			"touch": func(t *rapid.T) {
				id := id()
				l, known := alive[id]
				if k.Touch(id, now) != known {
					t.Fatalf("session %v: known %v", id, known)
				}
				if known {
					alive[id] = life{now, l.timeout}
				}
			},
			"remove": func(*rapid.T) {
				id := id()
				k.Remove(id)
				delete(alive, id)
			},
			"expire": func(t *rapid.T) {
				now += rapid.Int64Range(0, 60).Draw(t, "wait")
				next, any := k.Next()
				expired := k.Expire(nil, now)
				if (len(expired) > 0) != (any && next <= now) {
					t.Fatalf("at %d: expired %v, the next deadline was %d", now, expired, next)
				}
				for _, id := range expired {
					if l := alive[id]; now <= l.heard+l.timeout {
						t.Fatalf("at %d: %v expired, heard of at %d with timeout %d", now, id, l.heard, l.timeout)
					}
					delete(alive, id)
				}
				for id, l := range alive {
					if now >= l.heard+l.timeout+tick {
						t.Fatalf("at %d: %v is still tracked, heard of at %d with timeout %d", now, id, l.heard, l.timeout)
					}
				}
			},
			"clone": func(t *rapid.T) {
				c := k.Clone()
				before := c.AppendTo(nil, now)
				k.Add(9, 1, now)
				k.Remove(1)
				if !slices.Equal(before, c.AppendTo(nil, now)) {
					t.Fatal("the clone has changed with the original")
				}
				k = c
			},
		})
	})
}

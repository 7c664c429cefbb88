package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
)

func TestNowGoesOnWithTheBubblesTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := Now()
		time.Sleep(3 * time.Second)
		if d := Now().Sub(before); d != 3*time.Second {
			t.Errorf("3 s in a bubble took %v", d)
		}
	})
}

func TestNowNeverGoesBack(t *testing.T) {
	last := Now()
	for range 100_000 {
		now := Now()
		if now < last {
			t.Fatalf("went back by %v", last.Sub(now))
		}
		last = now
	}
	if last <= 0 {
		t.Errorf("the present instant %d is not after the zero one", last)
	}
}

func TestAManualClockCallsWhatFallsDueInOrder(t *testing.T) {
	m := NewManual(100)
	var calls []coord.Instant
	note := func() { calls = append(calls, m.Now()) }
	m.AfterFunc(3*time.Second, note)
	m.AfterFunc(time.Second, func() {
		note()
		m.AfterFunc(time.Second, note) // falls due within the same Advance
	})
	stop := m.AfterFunc(time.Second, note)
	if !stop() || stop() {
		t.Error("stopping is to succeed once")
	}
	m.Advance(2500 * time.Millisecond)
	want := []coord.Instant{coord.Instant(100).Add(time.Second), coord.Instant(100).Add(2 * time.Second)}
	if len(calls) != 2 || calls[0] != want[0] || calls[1] != want[1] {
		t.Errorf("called at %v, want %v", calls, want)
	}
	if now := coord.Instant(100).Add(2500 * time.Millisecond); m.Now() != now {
		t.Errorf("shows %v, want %v", m.Now(), now)
	}
}

func BenchmarkNow(b *testing.B) {
	for b.Loop() {
		Now()
	}
}

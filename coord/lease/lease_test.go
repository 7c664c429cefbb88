package lease

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
)

const ms = time.Millisecond

func at(d time.Duration) coord.Instant { return coord.Instant(1e9).Add(d) }

func evidence(tick time.Duration) *Evidence {
	e := &Evidence{Tick: tick, Drift: DefaultDrift}
	e.Connected(at(0), 1000*ms)
	return e
}

func succeed(e *Evidence, sent coord.Instant) { e.Succeeded(e.Basis(sent)) }

func TestNothingIsProvedBeforeAWrite(t *testing.T) {
	e := evidence(0)
	e.Answered(at(100*ms), at(110*ms))
	if e.Until() != 0 {
		t.Errorf("after a ping alone: alive until %d, want nothing proved", e.Until())
	}
}

func TestAFirstWriteCountsFromTheConnectRequest(t *testing.T) {
	e := evidence(0)
	succeed(e, at(20*ms))
	if want := at(990 * ms); e.Until() != want {
		t.Errorf("alive until %d, want %d: the connect request plus T less 1 %%", e.Until(), want)
	}
}

func TestASignCountsOnceAGapHasPassed(t *testing.T) {
	e := evidence(200 * ms)
	e.Answered(at(100*ms), at(110*ms))
	succeed(e, at(309*ms))
	if want := at(990 * ms); e.Until() != want {
		t.Errorf("write 199 ms after the answer: alive until %d, want %d", e.Until(), want)
	}
	succeed(e, at(310*ms))
	if want := at(1090 * ms); e.Until() != want {
		t.Errorf("write a gap after the answer: alive until %d, want %d", e.Until(), want)
	}
}

func TestALateAnswerDoesNotMoveTheBasisOfAWrite(t *testing.T) {
	e := evidence(200 * ms)
	basis := e.Basis(at(250 * ms))
	e.Answered(at(100*ms), at(260*ms))
	e.Answered(at(400*ms), at(410*ms))
	e.Answered(at(700*ms), at(710*ms))
	e.Succeeded(basis)
	if want := at(990 * ms); e.Until() != want {
		t.Errorf("alive until %d, want %d: what was not answered a gap before the sending proves nothing", e.Until(), want)
	}
}

func TestTheSmallestTimeoutEverCounts(t *testing.T) {
	e := evidence(0)
	e.Connected(at(100*ms), 5000*ms)
	succeed(e, at(110*ms))
	if want := at(1090 * ms); e.Until() != want {
		t.Errorf("alive until %d, want %d", e.Until(), want)
	}
	e.Connected(at(200*ms), 500*ms)
	if want := at(695 * ms); e.Until() != want {
		t.Errorf("after the timeout was cut: alive until %d, want %d: the service counts the new one from the connect request on", e.Until(), want)
	}
	succeed(e, at(210*ms))
	if want := at(695 * ms); e.Until() != want {
		t.Errorf("alive until %d, want %d", e.Until(), want)
	}
}

func TestALostConnectionProvesNothingMore(t *testing.T) {
	e := evidence(0)
	basis := e.Basis(at(20 * ms))
	e.Disconnected()
	e.Succeeded(basis)
	if e.Until() != 0 {
		t.Errorf("alive until %d by an answer that belongs to no connection", e.Until())
	}
}

// twin keeps everything and applies the rule as it is written.
type twin struct {
	connect coord.Instant
	signs   []sign
}

func (w *twin) basis(sent coord.Instant, gap time.Duration) coord.Instant {
	best := w.connect
	for _, s := range w.signs {
		if s.answered <= sent.Add(-gap) {
			best = max(best, s.sent)
		}
	}
	return best
}

func TestEvidenceNeverClaimsMoreThanTheRuleNorMuchLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tick := rapid.SampledFrom([]time.Duration{0, 50 * ms, 200 * ms}).Draw(t, "tick")
		e, w := evidence(tick), &twin{connect: at(0)}
		now := at(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			sent := now
			now = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "ms")) * ms)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				e.Connected(now, 1000*ms)
				*w = twin{connect: now}
			case 1, 2, 3:
				got, rule := e.Basis(now), w.basis(now, e.Gap())
				if got > rule {
					t.Fatalf("basis %d is later than the rule's %d", got, rule)
				}
				// A merged sign lies less than a part of the gap, and a round trip, before the one it stands for.
				if least := rule.Add(-e.Gap()/mergeParts - 60*ms); got < least {
					t.Fatalf("basis %d forgoes more than a part of the gap: the rule says %d", got, rule)
				}
			default:
				e.Answered(sent, now)
				w.signs = append(w.signs, sign{sent, now})
			}
		}
	})
}

func BenchmarkRenewal(b *testing.B) {
	e := evidence(0)
	now := at(0)
	b.ReportAllocs()
	for b.Loop() {
		basis := e.Basis(now)
		e.Answered(now, now.Add(ms))
		e.Succeeded(basis)
		now = now.Add(50 * ms)
	}
}

// Package lease is the arithmetic behind [coord.Session.AliveUntil] on a ZooKeeper ensemble: from what a client saw on the wire,
// until when does its session surely live? It is pure; the backend and the simulator share it.
//
// What counts in ZooKeeper is when the ensemble's leader last heard of the session. A server that is not the leader notes each
// sign of life of a client, and passes it on only in its answer to the leader's next ping, every half tick (Learner.ping,
// LearnerHandler, SessionTrackerImpl). Only a connect request reaches the leader at once. And an answer from a server proves
// nothing about its link to the leader, except the answer to a successful write.
//
// So: when a write sent at w on a connection succeeds, the session lives until T x (1 - drift) after the latest of
//
//   - the sending of that connection's connect request, and
//   - the sending of any request or ping on that connection whose answer had arrived by w - G,
//
// with T the smallest timeout ever negotiated for the session (a new leader of the ensemble uses the first), and G, the gap, the
// longest that a sign of life may need to be passed on. The rule fails only if the way from a server to the leader rests for longer
// than the gap allows, a write then gets through before the sign of life does, and in that moment the way dies or the deadline comes.
package lease

import (
	"time"

	"github.com/hamaster/hamaster/coord"
)

// DefaultDrift is the share, in parts per million, by which the rates of two clocks may differ if nothing else is said: 1 %.
// Crystals keep within 0.02 %, and NTP slews by 0.05 % at the most; the rest is for virtual machines.
const DefaultDrift = 10_000

// Gap returns G for a session timeout and the ensemble's tickTime. Of a known tick, half is the leader's ping period and half the
// allowance for a late ping. With an unknown tick (0) it is a third of the timeout, which is a whole tick and more where the
// timeout is at least three ticks.
func Gap(timeout, tick time.Duration) time.Duration {
	if tick > 0 {
		return tick
	}
	return timeout / 3
}

// Evidence is what one session's client saw, condensed. The zero value has seen nothing; set Tick and Drift before use. It is a
// plain value: copies are independent. The instants of all its calls must not go back, so a client with several goroutines reads
// the clock under the lock that guards the Evidence.
type Evidence struct {
	Tick  time.Duration // the ensemble's tickTime; 0 if unknown
	Drift int64         // in parts per million

	timeout time.Duration // the smallest negotiated so far
	until   coord.Instant

	// Of the present connection.
	connected bool
	passed    coord.Instant // the latest sending that has surely been passed on, if the path to the leader stood
	signs     [maxSigns]sign
	n         int // signs in use, oldest first: those answered less than a gap ago
}

// sign is an answered sign of life.
type sign struct{ sent, answered coord.Instant }

// Of signs closer together than this part of the gap the first is kept, which bounds them and forgoes that part at most.
const (
	mergeParts = 8
	maxSigns   = mergeParts + 2
)

// Connected starts a connection: its connect request was sent at that instant and has been answered with that timeout. A shorter
// timeout than before takes back what was proved: the leader counts it from the connect request on, even if that moves the end of
// the session forward (ExpiryQueue.update).
func (e *Evidence) Connected(sent coord.Instant, negotiated time.Duration) {
	if e.timeout == 0 || negotiated < e.timeout {
		e.timeout = negotiated
		e.until = min(e.until, sent.Add(e.life()))
	}
	e.connected, e.passed, e.n = true, sent, 0
}

// Disconnected ends the connection. What was proved stays.
func (e *Evidence) Disconnected() { e.connected, e.n = false, 0 }

// Answered notes a request or ping of the present connection and when its answer came.
func (e *Evidence) Answered(sent, answered coord.Instant) {
	if !e.connected {
		return
	}
	e.pass(answered)
	if e.n > 0 && answered.Sub(e.signs[e.n-1].answered) < e.Gap()/mergeParts {
		return
	}
	e.signs[e.n] = sign{sent, answered}
	e.n++
}

// Basis is what a write sent at that instant will prove if it succeeds: hold it with the request, for [Evidence.Succeeded].
func (e *Evidence) Basis(sent coord.Instant) coord.Instant {
	e.pass(sent)
	return e.passed
}

// Succeeded notes that a write with that basis, sent on the present connection, took effect.
func (e *Evidence) Succeeded(basis coord.Instant) {
	if !e.connected {
		return
	}
	e.until = max(e.until, basis.Add(e.life()))
}

// life is the timeout as a clock counts it that is as slow as the drift allows.
func (e *Evidence) life() time.Duration {
	return e.timeout - e.timeout/1_000_000*time.Duration(e.Drift)
}

// Until is the instant until which the session surely lives; zero before the first successful write.
func (e *Evidence) Until() coord.Instant { return e.until }

// Timeout is the smallest timeout negotiated so far; zero before the first connection.
func (e *Evidence) Timeout() time.Duration { return e.timeout }

// Gap is G for the timeout and tick at hand.
func (e *Evidence) Gap() time.Duration { return Gap(e.timeout, e.Tick) }

// RenewEvery is how long after the answer to one write the next should be sent: half the gap. More often would prove little more.
func (e *Evidence) RenewEvery() time.Duration { return max(e.Gap()/2, time.Millisecond) }

// pass moves the signs answered a gap ago to where every later write may count on them.
func (e *Evidence) pass(now coord.Instant) {
	k := 0
	for k < e.n && e.signs[k].answered <= now.Add(-e.Gap()) {
		e.passed = max(e.passed, e.signs[k].sent)
		k++
	}
	copy(e.signs[:], e.signs[k:e.n])
	e.n -= k
}

package coordtest

import (
	"github.com/hamaster/hamaster/coord"
)

var aliveChecks = []check{
	{"AliveUntilIsWithinOneTimeoutOfTheLastCall", nil, aliveUntilIsWithinOneTimeout},
	{"AliveUntilNeverShrinks", nil, aliveUntilNeverShrinks},
	{"AliveUntilGrowsWithWrites", nil, aliveUntilGrowsWithWrites},
	{"AliveUntilStaysAheadOfARenewer", nil, aliveUntilStaysAhead},
	{"AliveUntilStandsStillWithoutCalls", nil, aliveUntilStandsStill},
	{"AliveUntilGrowsWithWritesOnly", nil, aliveUntilGrowsWithWritesOnly},
	{"AliveUntilStandsStillWhileCutOff", needs(Cuts), aliveUntilWhileCutOff},
	{"AliveUntilIsNeverAfterTheSessionsEnd", needs(Cuts), aliveUntilIsNeverAfterTheEnd},
}

func aliveUntilIsWithinOneTimeout(e *env) {
	s := e.open()
	longest := s.Timeout()
	for i := range 20 {
		if i%5 == 4 {
			s.Reconnect()
		}
		s.again()
		longest = max(longest, s.Timeout())
		until := s.AliveUntil()
		if last := e.now().Add(longest); until > last {
			e.Errorf("AliveUntil must be within one timeout, %v, of the last sign of life; it is %v after that", longest, until.Sub(last))
		}
	}
}

func aliveUntilNeverShrinks(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	last := s.AliveUntil()
	for i := range 40 {
		switch i % 8 {
		case 0, 3:
			s.again()
		case 1:
			s.Reconnect()
		case 5:
			_ = errOf2(s.Set(e.context(), path, nil, 7))
		default:
			_, _, _ = s.Exists(e.context(), path, false)
		}
		now := s.AliveUntil()
		if now < last {
			e.Errorf("AliveUntil must never shrink; in step %d it did by %v", i, last.Sub(now))
		}
		last = now
	}
	s.close()
	if now := s.AliveUntil(); now < last {
		e.Errorf("AliveUntil must never shrink; Close made it shrink by %v", last.Sub(now))
	}
}

func aliveUntilGrowsWithWrites(e *env) {
	s := e.open()
	e.until("AliveUntil is ahead of the clock after a write", func() bool {
		s.again()
		return s.AliveUntil() > e.now()
	})
	first := s.AliveUntil()
	e.until("AliveUntil grows with writes", func() bool {
		s.again()
		return s.AliveUntil() > first
	})
}

// aliveUntilStaysAhead writes at the pace that RenewEvery asks for. What each write proves is measured from when earlier ones
// were sent, so that a slow machine proves as much as a fast one.
func aliveUntilStaysAhead(e *env) {
	const writes, proved = 7, 3
	s := e.open()
	timeout := s.Timeout()
	var sent [writes]coord.Instant
	for i := range writes {
		sent[i] = e.now()
		s.barrier()
		if until := s.AliveUntil(); i >= proved && until < sent[i-proved].Add(timeout*9/10) {
			e.Errorf("who writes every %v must be told of a life of most of the timeout, %v, after the write %d before; AliveUntil is %v after it",
				s.RenewEvery(), timeout, proved, until.Sub(sent[i-proved]))
		}
		e.pause(s.RenewEvery())
	}
}

func aliveUntilStandsStill(e *env) {
	s := e.open()
	s.barrier()
	s.barrier()
	until := s.AliveUntil()
	e.pause(s.Timeout() * 3 / 4) // with a ping or two, which prove nothing
	if now := s.AliveUntil(); now != until {
		e.Errorf("AliveUntil must not grow without a call; it grew by %v", now.Sub(until))
	}
}

func aliveUntilGrowsWithWritesOnly(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	until := s.AliveUntil()
	limit := e.now().Add(s.Timeout())
	e.during(s.Timeout()/2, func() {
		_, _ = s.get(path)
		_ = s.children(path)
		if err := s.Sync(e.context(), path); err != nil {
			e.Errorf("sync: must succeed; got %v", err)
		}
		limit = e.now().Add(s.Timeout())
	})
	switch now := s.AliveUntil(); {
	case !e.harness.ReadsProveLife && now != until:
		e.Errorf("AliveUntil must grow with writes only, for a server that is cut off answers reads; it grew by %v", now.Sub(until))
	case now > limit:
		e.Errorf("AliveUntil must be within one timeout of the last sign of life; it is %v after that", now.Sub(limit))
	}
}

func aliveUntilWhileCutOff(e *env) {
	for _, way := range []Direction{Requests, Replies, Both} {
		s := e.open()
		path := e.node("n-" + way.String())
		s.barrier()
		s.link.Cut(way)
		until := s.AliveUntil()
		s.awaitState(coord.Suspended)
		for _, c := range calls {
			_ = c.do(e.context(), s, path)
		}
		if now := s.AliveUntil(); now != until {
			e.Errorf("AliveUntil must not grow while the link is cut for %v; it grew by %v", way, now.Sub(until))
		}
		s.link.Heal()
	}
}

// aliveUntilIsNeverAfterTheEnd is what all of it is for: as long as AliveUntil says so, the session's nodes are there.
func aliveUntilIsNeverAfterTheEnd(e *env) {
	for _, way := range []Direction{Requests, Both} {
		s := e.open()
		path := s.create(e.path("n"), nil, coord.Ephemeral)
		for range 3 {
			e.pause(s.RenewEvery())
			s.barrier()
		}
		e.calm.barrier()
		w := e.calm.arm(existsPresent, path)
		s.link.Cut(way)
		e.await("the service ends a session that it does not hear", w.Done())
		if gone, until := e.now(), s.AliveUntil(); gone < until {
			e.Errorf("the session must live until AliveUntil; its node was gone %v before (link cut for %v)", until.Sub(gone), way)
		}
		s.link.Heal()
	}
}

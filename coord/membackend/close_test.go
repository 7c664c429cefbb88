package membackend_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

func TestCloseOverALinkThatIsBackInTimeIsClean(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		w.link.Cut(membackend.Both)
		time.Sleep(timeout/3*2 + moment)
		w.mustBe(coord.Suspended)
		closed := start(func() error { return w.session.Close(w.ctx) })
		closed.mustWait(w)
		w.link.Heal()
		closed.mustEnd(w, nil)
		w.mustExist(path, false)
	})
}

func TestCloseThatReachesNobodyGivesUp(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Cut(membackend.Both)
		closed := start(func() error { return w.session.Close(context.WithoutCancel(w.ctx)) })
		time.Sleep(2 * timeout)
		closed.mustEnd(w, coord.ErrConnectionLoss)
		w.mustBe(coord.Closed)
	})
}

// Told or not: what the session had under way does not happen any more once Close has returned.
func TestNothingHappensAfterClose(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Cut(membackend.Requests)
		call := start(func() error { return second(w.session.Create(w.ctx, "/late", nil, coord.Persistent)) })
		time.Sleep(timeout/3*2 + moment)
		call.mustEnd(w, coord.ErrConnectionLoss)
		ctx, cancel := context.WithTimeout(w.ctx, moment)
		defer cancel()
		if err := w.session.Close(ctx); !errors.Is(err, coord.ErrConnectionLoss) {
			t.Errorf("Close that could not tell the service ended with %v", err)
		}
		w.link.Heal()
		time.Sleep(2 * timeout)
		w.mustExist("/late", false)
	})
}

func TestCloseWhoseReplyIsLostIsClean(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.LoseNextReply()
		w.must(w.session.Close(w.ctx))
		w.mustBe(coord.Closed)
	})
}

func TestServiceCloseEndsEverySession(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Cut(membackend.Both)
		call := start(func() error { return w.session.Sync(w.ctx, "/") })
		w.service.Close()
		call.mustEnd(w, coord.ErrConnectionLoss)
		w.mustBe(coord.Closed)
		if _, err := w.link.Open(w.ctx); !errors.Is(err, coord.ErrClosed) {
			t.Errorf("Open at a service that is closed ended with %v", err)
		}
		w.service.Close()
		synctest.Wait()
	})
}

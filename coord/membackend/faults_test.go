package membackend_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

const moment = time.Millisecond

func TestSilenceSuspendsAfterTwoThirdsOfTheTimeout(t *testing.T) {
	for _, way := range []membackend.Direction{membackend.Requests, membackend.Replies, membackend.Both} {
		t.Run(way.String(), func(t *testing.T) {
			inBubble(t, membackend.Config{}, func(w *world) {
				w.must(w.session.Sync(w.ctx, "/"))
				w.link.Cut(way)
				call := start(func() error { return w.session.Sync(w.ctx, "/") })
				time.Sleep(timeout/3*2 - moment)
				call.mustWait(w)
				w.mustBe(coord.Connected)
				time.Sleep(moment)
				call.mustEnd(w, coord.ErrConnectionLoss)
				w.mustBe(coord.Suspended)
				w.link.Heal()
				w.mustBe(coord.Connected)
			})
		})
	}
}

func TestIdleSessionIsKeptAlive(t *testing.T) {
	inBubble(t, membackend.Config{Latency: 10 * moment}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		_, changed := w.session.State()
		time.Sleep(100 * timeout)
		select {
		case <-changed:
			t.Fatal("an idle session has changed its state")
		default:
		}
		w.mustExist(path, true)
	})
}

func TestCutSessionCannotKnowOfItsExpiry(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		w.link.Cut(membackend.Both)
		time.Sleep(10 * timeout)
		w.mustExist(path, false)
		w.mustBe(coord.Suspended)
		w.link.Heal()
		w.mustBe(coord.Expired)
		if _, err := w.session.Create(w.ctx, "/other", nil, coord.Ephemeral); !errors.Is(err, coord.ErrSessionExpired) {
			t.Errorf("a call of an expired session ended with %v", err)
		}
	})
}

func TestSilentSessionEndsWithinATickAfterItsTimeout(t *testing.T) {
	inBubble(t, membackend.Config{Tick: time.Second}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		alive := w.session.AliveUntil()
		_, _, watch, err := w.calm.Get(w.ctx, path, true)
		w.must(err)
		w.link.Cut(membackend.Requests)
		time.Sleep(timeout)
		w.mustExist(path, true)
		if now := clock.Now(); now < alive {
			t.Fatalf("AliveUntil is %v ahead after the timeout", alive.Sub(now))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !fired(watch) {
			t.Error("a tick after the timeout of a silent session its node is still there")
		}
	})
}

// Connect requests get through, and each is a sign of life: only the client does not know.
func TestSessionThatHearsNothingLivesOn(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		w.link.Cut(membackend.Replies)
		time.Sleep(10 * timeout)
		w.mustBe(coord.Suspended)
		w.mustExist(path, true)
		w.link.Heal()
		w.mustBe(coord.Connected)
	})
}

func TestWatchCatchesUpBeforeConnectedIsTold(t *testing.T) {
	inBubble(t, membackend.Config{Latency: 20 * moment}, func(w *world) {
		path := w.create(w.calm, "/n", coord.Persistent)
		_, _, changed, err := w.session.Get(w.ctx, path, true)
		w.must(err)
		_, _, children, err := w.session.Children(w.ctx, "/", true)
		w.must(err)
		_, missing, err := w.session.Exists(w.ctx, "/m", true)
		if !errors.Is(err, coord.ErrNoNode) {
			t.Fatal(err)
		}
		_, _, untouched, err := w.session.Get(w.ctx, "/", true)
		w.must(err)

		w.link.Cut(membackend.Both)
		time.Sleep(timeout/3*2 + moment)
		w.mustBe(coord.Suspended)
		_, err = w.calm.Set(w.ctx, path, []byte("new"), coord.AnyVersion)
		w.must(err)
		w.create(w.calm, "/m", coord.Persistent)
		_, back := w.session.State()
		w.link.Heal()
		<-back
		for name, watch := range map[string]*coord.Watch{"changed": changed, "children": children, "missing": missing} {
			if !fired(watch) {
				t.Errorf("the session is connected again, and has not told of %s", name)
			}
		}
		if fired(untouched) {
			t.Error("a watch ended without a change")
		}
		// And it still does what it is for.
		_, err = w.calm.Set(w.ctx, "/", nil, coord.AnyVersion)
		w.must(err)
		<-untouched.Done()
	})
}

func TestCallHeldBackGoesOnAfterHeal(t *testing.T) {
	for _, way := range []membackend.Direction{membackend.Requests, membackend.Replies, membackend.Both} {
		t.Run(way.String(), func(t *testing.T) {
			inBubble(t, membackend.Config{}, func(w *world) {
				time.Sleep(moment)
				w.link.Cut(way)
				before, sent := w.session.AliveUntil(), clock.Now()
				call := start(func() error { return second(w.session.Create(w.ctx, "/n", nil, coord.Persistent)) })
				w.mustExist("/n", way == membackend.Replies)
				time.Sleep(timeout / 2)
				call.mustWait(w)
				if got := w.session.AliveUntil(); got != before {
					t.Errorf("AliveUntil has moved by %v before the answer", got.Sub(before))
				}
				w.link.Heal()
				call.mustEnd(w, nil)
				// The service may have heard of it as early as it was sent.
				if got, want := w.session.AliveUntil(), sent.Add(timeout); got != want {
					t.Errorf("AliveUntil is %v off the timeout after the sending", got.Sub(want))
				}
				w.mustExist("/n", true)
				w.mustBe(coord.Connected)
			})
		})
	}
}

// The late effect that ErrConnectionLoss warns of: the call is over for the caller, its connection given up, and still it happens.
// But not after the session's next call.
func TestGivenUpCallMayStillHappenButIsNotOvertaken(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Cut(membackend.Requests)
		late := start(func() error { return second(w.session.Create(w.ctx, "/late", nil, coord.Persistent)) })
		time.Sleep(timeout/3*2 + moment)
		late.mustEnd(w, coord.ErrConnectionLoss)
		w.mustExist("/late", false)
		w.link.Heal()
		w.mustBe(coord.Connected)
		w.mustExist("/late", true)
	})
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Delay(membackend.Requests, timeout/4)
		ctx, cancel := context.WithTimeout(w.ctx, moment)
		defer cancel()
		late := start(func() error { return second(w.session.Create(ctx, "/late", nil, coord.Persistent)) })
		time.Sleep(moment)
		late.mustEnd(w, context.DeadlineExceeded)
		w.link.Delay(membackend.Requests, 0)
		w.session.Reconnect() // The new connection is faster than what the old one has still under way.
		w.mustBe(coord.Connected)
		w.must(w.session.Sync(w.ctx, "/"))
		w.mustExist("/late", false)
		time.Sleep(timeout)
		w.mustExist("/late", false)
	})
}

func TestLostRequestHasNoEffectLostReplyHas(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.LoseNextRequest()
		err := second(w.session.Create(w.ctx, "/request", nil, coord.Persistent))
		if !errors.Is(err, coord.ErrConnectionLoss) {
			t.Errorf("a call whose request was lost ended with %v", err)
		}
		w.mustBe(coord.Connected)
		w.mustExist("/request", false)

		w.link.LoseNextReply()
		err = second(w.session.Create(w.ctx, "/reply", nil, coord.Persistent))
		if !errors.Is(err, coord.ErrConnectionLoss) {
			t.Errorf("a call whose reply was lost ended with %v", err)
		}
		w.mustBe(coord.Connected)
		w.mustExist("/reply", true)
		w.create(w.session, "/next", coord.Ephemeral)
	})
}

func TestNothingExpiresWhileTheServiceIsDown(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		w.service.Down()
		w.mustBe(coord.Suspended)
		if err := w.session.Sync(w.ctx, "/"); !errors.Is(err, coord.ErrConnectionLoss) {
			t.Errorf("a call ended with %v while the service was down", err)
		}
		time.Sleep(5 * timeout)
		w.mustBe(coord.Suspended)
		w.service.Up()
		time.Sleep(timeout / 2)
		w.mustBe(coord.Connected)
		time.Sleep(5 * timeout)
		w.mustExist(path, true)
	})
}

// The client does not know yet that it talks to nobody.
func TestServiceThatIsDownCarriesOutNothing(t *testing.T) {
	inBubble(t, membackend.Config{Latency: 10 * moment}, func(w *world) {
		w.service.Down()
		call := start(func() error { return second(w.session.Create(w.ctx, "/n", nil, coord.Persistent)) })
		call.mustWait(w)
		time.Sleep(20 * moment)
		call.mustEnd(w, coord.ErrConnectionLoss)
		if _, err := w.service.Tree().Exists("/n"); !errors.Is(err, coord.ErrNoNode) {
			t.Errorf("a call was carried out: %v", err)
		}
		w.service.Up()
	})
}

func TestSessionThatDoesNotComeBackAfterADowntimeExpires(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		w.link.Cut(membackend.Both)
		w.service.Down()
		time.Sleep(5 * timeout)
		w.service.Up()
		time.Sleep(timeout)
		w.mustExist(path, true)
		time.Sleep(timeout / 2)
		w.mustExist(path, false)
	})
}

func TestExpiredOnDemand(t *testing.T) {
	inBubble(t, membackend.Config{Latency: moment}, func(w *world) {
		path := w.create(w.session, "/mine", coord.Ephemeral)
		call := start(func() error { return w.session.Sync(w.ctx, "/") })
		if !w.service.Expire(w.session.ID()) || w.service.Expire(w.session.ID()) {
			t.Error("a session is there once")
		}
		time.Sleep(10 * moment)
		call.mustEnd(w, coord.ErrConnectionLoss)
		w.mustBe(coord.Expired)
		w.mustExist(path, false)
	})
}

func TestSlowLinkOnlySlowsDown(t *testing.T) {
	inBubble(t, membackend.Config{}, func(w *world) {
		w.link.Delay(membackend.Requests, timeout/10)
		w.link.Delay(membackend.Replies, timeout/5)
		call := start(func() error { return w.session.Sync(w.ctx, "/") })
		time.Sleep(timeout/10 + timeout/5 - moment)
		call.mustWait(w)
		time.Sleep(moment)
		call.mustEnd(w, nil)
		time.Sleep(10 * timeout)
		w.mustBe(coord.Connected)
	})
}

func second[T any](_ T, err error) error { return err }

func TestTheJournalTellsWhatWasCommittedThoughTheReplyWasLost(t *testing.T) {
	inBubble(t, membackend.Config{Journal: 10}, func(w *world) {
		w.link.LoseNextReply()
		if _, err := w.session.Create(w.ctx, "/mine", []byte("data"), coord.Ephemeral); !errors.Is(err, coord.ErrConnectionLoss) {
			w.Fatalf("the reply was not lost: %v", err)
		}
		made, all := w.service.Journal(0)
		if len(made) != 1 || !all || made[0].Session != w.session.ID() || string(made[0].Changes[0].Data) != "data" {
			w.Fatalf("all: %v, %+v", all, made)
		}
		w.service.Expire(w.session.ID())
		over, all := w.service.Journal(made[0].Zxid)
		if len(over) != 1 || !all || over[0].Session != 0 || over[0].Changes[0].Type != coord.NodeDeleted {
			w.Fatalf("all: %v, %+v", all, over)
		}
	})
}

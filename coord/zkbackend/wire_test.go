package zkbackend

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
)

func TestLeftOverRequestComesAfterTheWatchesAndBeforeNewCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		script := newScript(t)
		s, p := script.open(scriptTimeout)
		var watch *coord.Watch
		got := async(func() (err error) {
			_, _, watch, err = s.Get(ctx, "/watched", true)
			return err
		})
		xid, body := p.request(opGetData)
		if body[len(body)-1] != 1 {
			t.Error("the request does not ask for a watch")
		}
		p.reply(xid, 10, codeOK, append(binary.BigEndian.AppendUint32(nil, 0), statBody...))
		mustBe(t, "get", <-got, nil)

		// The server reads no more: one call is stuck on the wire, the next within go-zookeeper.
		stuck := async(func() error { _, err := s.Create(ctx, "/stuck", nil, coord.Persistent); return err })
		synctest.Wait()
		left := async(func() error { return s.Delete(ctx, "/left-over", coord.AnyVersion) })
		synctest.Wait()
		_ = p.Close()
		mustBe(t, "the call on the wire", <-stuck, coord.ErrConnectionLoss)
		mustBe(t, "the call left over", <-left, coord.ErrConnectionLoss)

		p = script.accept()
		if id := p.connectRequest(); id != 7 {
			t.Fatalf("asks for session %v", id)
		}
		p.greet(7, scriptTimeout)
		xid, body = p.request(opSetWatches)
		if zxid := binary.BigEndian.Uint64(body); zxid != 10 || xid != xidWatches {
			t.Errorf("the watches are armed with number %d from zxid %d, want 10", xid, zxid)
		}
		if state, _ := s.State(); state != coord.Suspended {
			t.Errorf("%v before the watches are armed", state)
		}
		s.Reconnect() // has nothing to drop
		p.event(coord.DataChanged, "/watched")
		p.reply(xidWatches, 20, codeOK, nil)
		if err := s.awaitConnected(ctx); err != nil {
			t.Fatal(err)
		}
		if event, fired := watch.Event(); !fired || event.Type != coord.DataChanged {
			t.Errorf("connected before the watch told of what had happened: %v, %v", event, fired)
		}
		next := async(func() error { return s.Sync(ctx, "/") })
		xid, _ = p.request(opDelete)
		p.reply(xid, 21, codeNoNode, nil)
		xid, _ = p.request(opSync)
		p.reply(xid, 21, codeOK, appendString(nil, "/"))
		mustBe(t, "the next call", <-next, nil)
		script.end(s, p)
	})
}

func TestCallGivenUpIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := newScript(t)
		s, p := script.open(scriptTimeout)
		short, cancel := context.WithCancel(t.Context())
		var given []<-chan error
		for range 2 { // one is stuck on the wire, the other within go-zookeeper
			given = append(given, async(func() error { return s.Delete(short, "/n", 1) }))
			synctest.Wait()
		}
		cancel()
		for _, errs := range given {
			err := <-errs
			mustBe(t, "a call given up", err, context.Canceled)
			mustBe(t, "a call given up", err, coord.ErrConnectionLoss)
		}
		later := async(func() error { _, err := s.Create(t.Context(), "/n", nil, coord.Persistent); return err })
		synctest.Wait()
		var xids []int32
		for _, op := range []opcode{opDelete, opDelete, opCreate} {
			xid, _ := p.request(op)
			xids = append(xids, xid)
		}
		p.reply(xids[0], 1, codeOK, nil)
		p.reply(xids[1], 2, codeNoNode, nil)
		p.reply(xids[2], 3, codeOK, appendString(nil, "/n"))
		mustBe(t, "the later call", <-later, nil)
		script.end(s, p)
	})
}

func TestLostAnswerEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := newScript(t)
		s, p := script.open(scriptTimeout)
		first := async(func() error { return s.Delete(t.Context(), "/a", 0) })
		p.request(opDelete)
		second := async(func() error { return s.Delete(t.Context(), "/b", 0) })
		xid, _ := p.request(opDelete)
		p.reply(xid, 5, codeOK, nil)
		mustBe(t, "the call whose answer was lost", <-first, coord.ErrConnectionLoss)
		mustBe(t, "the call whose answer came instead", <-second, coord.ErrConnectionLoss)
		p = script.accept()
		p.connectRequest()
		p.greet(7, scriptTimeout)
		script.end(s, p)
	})
}

func TestSessionUnknownOrOfAnotherIDHasExpired(t *testing.T) {
	for _, id := range []coord.SessionID{0, 8} {
		synctest.Test(t, func(t *testing.T) {
			script := newScript(t)
			s, p := script.open(scriptTimeout)
			_ = p.Close()
			p = script.accept()
			p.connectRequest()
			p.greet(id, scriptTimeout)
			_, err := p.Read(make([]byte, 1))
			if !errors.Is(err, io.EOF) {
				t.Errorf("the connection must be closed: %v", err)
			}
			<-s.done // by itself, and without another dial, which nobody would accept
			if state, _ := s.State(); state != coord.Expired {
				t.Errorf("answered with id %v, the session is %v", id, state)
			}
			mustBe(t, "a call", s.Sync(t.Context(), "/"), coord.ErrSessionExpired)
			mustBe(t, "Close", s.Close(t.Context()), nil)
		})
	}
}

func TestCloseIsRepeatedUntilTheServiceKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := newScript(t)
		s, p := script.open(scriptTimeout)
		closed := async(func() error { return s.Close(t.Context()) })
		p.request(opCloseSession)
		_ = p.Close()
		p = script.accept()
		p.connectRequest()
		p.greet(7, scriptTimeout) // that server has not heard of it
		p.request(opCloseSession)
		_ = p.Close()
		ctx, cancel := context.WithCancel(t.Context())
		go script.refuseAll(ctx) // and now all have
		mustBe(t, "Close", <-closed, nil)
		cancel()
		if state, _ := s.State(); state != coord.Closed {
			t.Errorf("the session is %v", state)
		}
	})
}

func TestLeaseCountsWhatWasSentAndOnlyWritesProveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		script := newScript(t)
		opened := now()
		s, p := script.open(4 * time.Second)
		if s.Timeout() != 4*time.Second || s.AliveUntil() != 0 {
			t.Fatalf("timeout %v, alive until %v", s.Timeout(), s.AliveUntil())
		}
		const life = 4 * time.Second * 99 / 100
		check := func(body []byte) coord.Instant {
			t.Helper()
			done := async(func() error { _, err := s.Multi(ctx, coord.CheckOp("/n", 1)); return err })
			xid, _ := p.request(opMulti)
			time.Sleep(100 * time.Millisecond) // the answer takes its time, which must not count
			p.reply(xid, 1, codeOK, body)
			<-done
			return s.AliveUntil()
		}
		if got := check(refusedOne); got != 0 {
			t.Errorf("a refused transaction proved life until %v", got)
		}
		if got := check(checkedOne); got != opened.Add(life) {
			t.Errorf("the first write proved %v after the connect request was sent, want %v", got.Sub(opened), life)
		}
		time.Sleep(500 * time.Millisecond)
		sent := now()
		if got := check(refusedOne); got != opened.Add(life) {
			t.Errorf("a refused transaction proved life until %v", got)
		}
		time.Sleep(s.cfg.SessionTimeout / 3) // more than a gap
		if got := check(checkedOne); got < sent.Add(life) {
			t.Errorf("a write proved life until %v after a request answered a gap before it, want %v", got.Sub(sent), life)
		}
		script.end(s, p)
	})
}

func TestReadGivenUpLeavesNoWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := newScript(t)
		s, p := script.open(scriptTimeout)
		short, cancel := context.WithCancel(t.Context())
		onWire := async(func() error { _, _, _, err := s.Children(short, "/a", true); return err })
		xid, _ := p.request(opGetChildren2)
		blocker := async(func() error { return s.Sync(t.Context(), "/") })
		synctest.Wait() // it fills the connection, so that the next read stays within go-zookeeper
		queued := async(func() error { _, _, _, err := s.Children(short, "/b", true); return err })
		synctest.Wait()
		cancel()
		mustBe(t, "the read on the wire", <-onWire, context.Canceled)
		mustBe(t, "the read before it", <-queued, context.Canceled)
		none := append(make([]byte, 4), statBody...)
		syncXid, _ := p.request(opSync)
		late, body := p.request(opGetChildren2)
		if body[len(body)-1] != 0 {
			t.Error("a read that was given up before it was sent asks for a watch")
		}
		p.reply(xid, 1, codeOK, none)
		p.reply(syncXid, 1, codeOK, appendString(nil, "/"))
		p.reply(late, 1, codeOK, none)
		mustBe(t, "sync", <-blocker, nil)
		synctest.Wait()
		if n := len(s.watches); n != 0 {
			t.Errorf("%d watches that nobody has", n)
		}
		script.end(s, p)
	})
}

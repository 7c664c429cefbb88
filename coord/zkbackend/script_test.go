package zkbackend

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// script is a server played by the test, step by step, in virtual time: every dial ends at the test's accept.
type script struct {
	t     *testing.T
	dials chan net.Conn
}

const scriptTimeout = 6 * time.Second // what the client asks for

func newScript(t *testing.T) *script { return &script{t: t, dials: make(chan net.Conn)} }

func (s *script) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case s.dials <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open opens a session that the script grants, and returns it with the connection it is on.
func (s *script) open(granted time.Duration) (*session, *peer) {
	s.t.Helper()
	b, err := New(Config{Servers: []string{"script:1"}, SessionTimeout: scriptTimeout, Dial: s.dial})
	if err != nil {
		s.t.Fatal(err)
	}
	opened := make(chan coord.Session)
	go func() {
		session, err := b.Open(s.t.Context())
		if err != nil {
			s.t.Error(err)
		}
		opened <- session
	}()
	p := s.accept()
	if id := p.connectRequest(); id != 0 {
		s.t.Fatalf("a new session asks for id %v", id)
	}
	p.greet(7, granted)
	return (<-opened).(*session), p
}

func (s *script) accept() *peer { return &peer{s.t, <-s.dials} }

// peer is the server's end of a connection.
type peer struct {
	t *testing.T
	net.Conn
}

// connectRequest reads the first frame and returns the session it asks for.
func (p *peer) connectRequest() coord.SessionID {
	p.t.Helper()
	frame, err := readFrame(p, nil, maxGreeting)
	if err != nil {
		p.t.Fatal(err)
	}
	d := decoder{rest: frame[4:]}
	d.int32() // version
	d.int64() // zxid
	d.int32() // timeout
	return coord.SessionID(d.int64())
}

func (p *peer) send(frame []byte) {
	p.t.Helper()
	if _, err := p.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) greet(id coord.SessionID, timeout time.Duration) {
	p.t.Helper()
	b := make([]byte, 8)
	b = binary.BigEndian.AppendUint32(b, uint32(timeout.Milliseconds()))
	b = binary.BigEndian.AppendUint64(b, uint64(id))
	b = binary.BigEndian.AppendUint32(b, 16)
	p.send(seal(append(b, make([]byte, 16)...)))
}

// request reads the next request, which must be of that type, and answers pings on the way.
func (p *peer) request(want opcode) (int32, []byte) {
	p.t.Helper()
	for {
		frame, err := readFrame(p, nil, maxReply)
		if err != nil {
			p.t.Fatalf("waiting for a request of type %d: %v", want, err)
		}
		h, _ := decodeRequest(frame)
		switch h.op {
		case want:
			return h.xid, frame[12:]
		case opPing:
			p.reply(h.xid, 0, codeOK, nil)
		default:
			p.t.Fatalf("a request of type %d, want %d", h.op, want)
		}
	}
}

func (p *peer) reply(xid int32, zxid int64, code int32, body []byte) {
	p.t.Helper()
	b := make([]byte, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(xid))
	b = binary.BigEndian.AppendUint64(b, uint64(zxid))
	b = binary.BigEndian.AppendUint32(b, uint32(code))
	p.send(seal(append(b, body...)))
}

func (p *peer) event(kind coord.EventType, path string) {
	p.t.Helper()
	b := binary.BigEndian.AppendUint32(nil, uint32(kind))
	b = binary.BigEndian.AppendUint32(b, 3)
	p.reply(xidEvent, -1, codeOK, appendString(b, path))
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// statBody is an encoded Stat of zeros.
var statBody = make([]byte, 68)

// endOfMulti is what ends the results of a transaction.
var endOfMulti = []byte{0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff}

// checkedOne is the result of a transaction that checked one node, refusedOne that of one that was refused.
var (
	checkedOne = slices.Concat([]byte{0, 0, 0, 13, 0, 0, 0, 0, 0}, endOfMulti)
	refusedOne = slices.Concat([]byte{0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0x9b}, []byte{0xff, 0xff, 0xff, 0x9b}, endOfMulti)
)

// refuse turns away all who dial, as if the session had expired, until the test is over.
func (s *script) refuseAll(ctx context.Context) {
	for {
		select {
		case conn := <-s.dials:
			p := &peer{s.t, conn}
			p.connectRequest()
			p.greet(0, 0)
			_ = p.Close()
		case <-ctx.Done():
			return
		}
	}
}

// end closes the session against a script that plays along.
func (s *script) end(session *session, p *peer) {
	s.t.Helper()
	go func() {
		xid, _ := p.request(opCloseSession)
		p.reply(xid, 99, codeOK, nil)
	}()
	if err := session.Close(s.t.Context()); err != nil {
		s.t.Errorf("Close: %v", err)
	}
}

// async starts a call and returns where its error will be.
func async(call func() error) <-chan error {
	errs := make(chan error, 1)
	go func() { errs <- call() }()
	return errs
}

func mustBe(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

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
		xid, _ = p.request(9) // sync
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

func now() coord.Instant { return clock.Now() }

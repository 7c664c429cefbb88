package zkserver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func inject(t testing.TB, srv *zkserver.Server, f zkserver.Fault) *zkserver.Injected {
	t.Helper()
	i, err := srv.Inject(f)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestALostRequestHasNoEffectAndALostReplyHas(t *testing.T) {
	srv := start(t, zkserver.Config{})
	other := connect(t, srv)
	for action, code := range map[zkserver.Action]wire.Code{zkserver.LoseRequest: wire.NoNode, zkserver.LoseReply: wire.OK} {
		path := "/" + string(action)
		c := connect(t, srv)
		fault := inject(t, srv, zkserver.Fault{Op: "create", Path: path, Do: action})
		c.want(wire.OK, wire.OpCreate, createBody(path+"-not", nil, 0))
		c.send(wire.OpCreate2, createBody(path, nil, 0))
		c.wantClosed()
		other.want(code, wire.OpExists, readBody(path, false))
		if fault.Hits() != 1 || len(srv.Faults()) != 0 {
			t.Errorf("%d hits, %d faults wait", fault.Hits(), len(srv.Faults()))
		}
	}
}

func TestAnswersToEarlierRequestsComeBeforeALoss(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	inject(t, srv, zkserver.Fault{Op: "setData", Do: zkserver.LoseReply})
	first := c.send(wire.OpCreate, createBody("/a", nil, 0))
	c.send(wire.OpSetData, setBody("/a", nil, -1))
	if xid, code, _ := c.reply(); xid != first || code != wire.OK {
		t.Errorf("reply %d, code %d", xid, code)
	}
	c.wantClosed()
}

func TestAFaultCanLetSomeBy(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	inject(t, srv, zkserver.Fault{Op: "exists", Path: "/a*", Skip: 1, Times: 2, Do: zkserver.Fail, Code: wire.AuthFailed})
	for i, code := range []wire.Code{wire.NoNode, wire.AuthFailed, wire.AuthFailed, wire.NoNode} {
		if got, _ := c.call(wire.OpExists, readBody("/abc", true)); got != code {
			t.Errorf("request %d: code %d, not %d", i, got, code)
		}
		c.want(wire.NoNode, wire.OpExists, readBody("/b", false))
	}
}

func TestAFaultMeansAnyOperationOfATransaction(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	always := inject(t, srv, zkserver.Fault{Path: "/b", Session: c.session, Times: zkserver.Always, Do: zkserver.Fail, Code: wire.NoAuth})
	both := multiBody(part(wire.OpCreate, createBody("/a", nil, 0)), part(wire.OpCreate, createBody("/b", nil, 0)))
	for range 3 {
		c.want(wire.NoAuth, wire.OpMulti, both)
	}
	always.Remove()
	always.Remove()
	c.want(wire.OK, wire.OpMulti, both)
	if always.Hits() != 3 {
		t.Errorf("%d hits", always.Hits())
	}
	inject(t, srv, zkserver.Fault{Session: c.session, Do: zkserver.Fail, Code: wire.NoAuth})
	other.want(wire.OK, wire.OpExists, readBody("/b", false))
}

func TestADelayedRequestTakesEffectWhenItsTimeHasCome(t *testing.T) {
	srv, clk := startManual(t)
	c, other := connect(t, srv), connect(t, srv)
	fault := inject(t, srv, zkserver.Fault{Op: "create", Delay: time.Second})
	xid := c.send(wire.OpCreate, createBody("/a", nil, 0))
	if err := fault.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	clk.Advance(999 * time.Millisecond)
	other.want(wire.NoNode, wire.OpExists, readBody("/a", true))
	clk.Advance(time.Millisecond)
	if got, code, _ := c.reply(); got != xid || code != wire.OK {
		t.Errorf("reply %d, code %d", got, code)
	}
	if events := other.ping(); len(events) != 1 {
		t.Errorf("events %v", events)
	}
}

func TestADelayedReplyHoldsUpAllThatComesAfterIt(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *zkserver.Server, dial func() *raw) {
		c, other := dial(), dial()
		c.greet(greeting{timeout: 10 * time.Second})
		other.greet(greeting{timeout: 10 * time.Second})
		fault := inject(t, srv, zkserver.Fault{Op: "create", DelayReply: zkserver.UntilRemoved})
		first := c.send(wire.OpCreate, createBody("/a", nil, 0))
		other.want(wire.NoNode, wire.OpExists, readBody("/b", false))
		synctest.Wait()
		other.want(wire.OK, wire.OpExists, readBody("/a", false))
		second := c.send(wire.OpCreate, createBody("/b", nil, 0))
		c.wantSilence(5 * time.Second)
		fault.Remove()
		for _, want := range []int32{first, second} {
			if xid, code, _ := c.reply(); xid != want || code != wire.OK {
				t.Errorf("reply %d, code %d", xid, code)
			}
		}
	})
}

func TestAConnectRequestCanBeLostAndItsReplyToo(t *testing.T) {
	srv := start(t, zkserver.Config{})
	for action, sessions := range map[zkserver.Action]int{zkserver.LoseRequest: 0, zkserver.LoseReply: 1} {
		inject(t, srv, zkserver.Fault{Op: "connect", Do: action})
		c := dial(t, srv)
		c.sendPacket(greeting{timeout: time.Second}.append(nil))
		c.wantClosed()
		ids := srv.Sessions()
		if len(ids) != sessions {
			t.Errorf("%s: %d sessions", action, len(ids))
		}
		for _, id := range ids {
			srv.ExpireSession(id)
		}
	}
}

func TestWaitingForAFaultEnds(t *testing.T) {
	srv := start(t, zkserver.Config{})
	fault := inject(t, srv, zkserver.Fault{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fault.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with its context over: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- fault.Wait(context.Background()) }()
	_ = srv.Close()
	if err := <-done; err != zkserver.ErrClosed {
		t.Errorf("with the server closed: %v", err)
	}
	if _, err := srv.Inject(zkserver.Fault{}); err != zkserver.ErrClosed {
		t.Errorf("injected into a closed server: %v", err)
	}
}

func TestImpossibleFaultsAreRefused(t *testing.T) {
	srv := start(t, zkserver.Config{})
	for _, f := range []zkserver.Fault{
		{Op: "creat"}, {Skip: -1}, {Times: -2}, {Delay: -2}, {DelayReply: -2}, {Do: "explode"}, {Do: zkserver.Fail},
		{Code: wire.NoNode}, {Op: "connect", Do: zkserver.Fail, Code: wire.NoNode},
	} {
		if _, err := srv.Inject(f); !errors.Is(err, zkserver.ErrFault) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestFaultsThatWaitAreBounded(t *testing.T) {
	srv := start(t, zkserver.Config{})
	for range 1000 {
		inject(t, srv, zkserver.Fault{Op: "sync"})
	}
	if _, err := srv.Inject(zkserver.Fault{}); !errors.Is(err, zkserver.ErrFault) {
		t.Errorf("one more: %v", err)
	}
}

func TestTheLogTellsWhatHappened(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/a", nil, coord.Ephemeral))
	c.want(wire.OK, wire.OpExists, readBody("/a", true))
	c.want(wire.NoNode, wire.OpGetData, readBody("/b", false))
	inject(t, srv, zkserver.Fault{Op: "multi", Do: zkserver.LoseReply})
	c.send(wire.OpMulti, multiBody(part(wire.OpSetData, setBody("/a", nil, -1))))
	gone, err := srv.WaitLog(t.Context(), 0, func(e zkserver.Entry) bool { return e.Kind == zkserver.Disconnected })
	if err != nil || gone.Session != c.session {
		t.Fatalf("%+v, %v", gone, err)
	}
	srv.ExpireSession(c.session)
	want := []zkserver.Entry{
		{Kind: zkserver.Connected, Op: "connect"},
		{Kind: zkserver.Requested, Op: "create", Path: "/a", Xid: 1},
		{Kind: zkserver.Requested, Op: "exists", Path: "/a", Xid: 2},
		{Kind: zkserver.Requested, Op: "getData", Path: "/b", Xid: 3, Code: wire.NoNode},
		{Kind: zkserver.Notified, Path: "/a", Event: coord.DataChanged},
		{Kind: zkserver.Requested, Op: "multi", Path: "/a", Xid: 4, Fault: zkserver.LoseReply},
		{Kind: zkserver.Disconnected},
		{Kind: zkserver.Expired},
	}
	log := srv.Log()
	if len(log) != len(want) {
		t.Fatalf("%d entries: %+v", len(log), log)
	}
	for i, e := range log {
		w := want[i]
		w.Seq, w.Time, w.Zxid, w.Peer, w.Session = uint64(i+1), e.Time, e.Zxid, e.Peer, c.session
		if e != w || e.Time.IsZero() {
			t.Errorf("%+v, not %+v", e, w)
		}
	}
}

func TestTheLogKeepsTheLastEntries(t *testing.T) {
	srv := start(t, zkserver.Config{MaxLog: 3})
	c := connect(t, srv)
	for range 10 {
		c.ping()
	}
	log := srv.Log()
	if len(log) != 3 || log[0].Seq != 9 || log[2].Seq != 11 || log[2].Op != "ping" {
		t.Errorf("%+v", log)
	}
	if rest := srv.LogSince(10); len(rest) != 1 || rest[0].Seq != 11 {
		t.Errorf("%+v", rest)
	}
	if rest := srv.LogSince(1000); len(rest) != 0 {
		t.Errorf("%+v", rest)
	}
}

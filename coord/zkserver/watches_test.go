package zkserver_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// event is a shorthand.
func event(t coord.EventType, path string) coord.Event { return coord.Event{Type: t, Path: path} }

func (c *raw) wantEvents(want ...coord.Event) {
	c.t.Helper()
	if !slices.Equal(c.events, want) {
		c.t.Errorf("events %v, not %v", c.events, want)
	}
}

func TestEventComesBeforeTheReplyOfTheWriteThatCausedIt(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.NoNode, wire.OpExists, readBody("/a", true))
	c.want(wire.OK, wire.OpGetChildren, readBody("/", true))
	c.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
	c.wantEvents(event(coord.NodeCreated, "/a"), event(coord.ChildrenChanged, "/"))
	c.want(wire.OK, wire.OpGetData, readBody("/a", true))
	c.want(wire.OK, wire.OpSetData, setBody("/a", nil, -1))
	c.wantEvents(event(coord.DataChanged, "/a"))
	c.want(wire.OK, wire.OpSetData, setBody("/a", nil, -1))
	c.wantEvents() // once
	c.want(wire.OK, wire.OpGetData, readBody("/a", true))
	c.want(wire.OK, wire.OpGetChildren2, readBody("/a", true))
	c.want(wire.OK, wire.OpDelete, versionBody("/a", -1))
	c.wantEvents(event(coord.NodeDeleted, "/a"))
}

func TestFailedReadsLeaveNoWatch(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.NoNode, wire.OpGetData, readBody("/a", true))
	c.want(wire.NoNode, wire.OpGetChildren, readBody("/a", true))
	c.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
	c.want(wire.OK, wire.OpCreate, createBody("/a/b", nil, 0))
	c.wantEvents()
}

// A client that asks again and again must be told of a change before it is shown it, however the two connections race.
func TestNoReplyShowsAStateBeforeItsEvent(t *testing.T) {
	srv := start(t, zkserver.Config{})
	writer, reader := connect(t, srv), connect(t, srv)
	writer.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
	seen := int32(0)
	for range 300 {
		writer.send(wire.OpSetData, setBody("/a", nil, -1))
		d := reader.want(wire.OK, wire.OpGetData, readBody("/a", true))
		d.Buffer()
		version := stat(&d).Version
		if version > seen && seen > 0 && len(reader.events) == 0 {
			t.Fatalf("version %d was shown before the event that ended the watch on %d", version, seen)
		}
		seen = version
		writer.reply()
	}
}

func TestWatchesBelongToTheConnectionUnlessBroughtAlong(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	for _, path := range []string{"/same", "/changed", "/gone", "/parent"} {
		c.want(wire.OK, wire.OpCreate, createBody(path, nil, 0))
	}
	since := c.zxid
	c.want(wire.OK, wire.OpGetData, readBody("/same", true))
	_ = c.nc.Close()
	other.want(wire.OK, wire.OpSetData, setBody("/changed", nil, -1))
	other.want(wire.OK, wire.OpDelete, versionBody("/gone", -1))
	other.want(wire.OK, wire.OpCreate, createBody("/parent/x", nil, 0))
	other.want(wire.OK, wire.OpCreate, createBody("/come", nil, 0))

	back := dial(t, srv)
	back.greet(greeting{session: c.session, pass: c.pass, last: since})
	body := wire.AppendInt64(nil, int64(since))
	body = wire.AppendStrings(body, []string{"/same", "/changed", "/gone"})
	body = wire.AppendStrings(body, []string{"/come", "/absent"})
	body = wire.AppendStrings(body, []string{"/same", "/parent"})
	back.sendAs(-8, wire.OpSetWatches, body)
	if xid, code, d := back.reply(); xid != -8 || code != wire.OK || d.More() {
		t.Errorf("xid %d, code %d", xid, code)
	}
	back.wantEvents(event(coord.DataChanged, "/changed"), event(coord.NodeDeleted, "/gone"),
		event(coord.NodeCreated, "/come"), event(coord.ChildrenChanged, "/parent"))
	back.want(wire.OK, wire.OpSetData, setBody("/same", nil, -1))
	back.wantEvents(event(coord.DataChanged, "/same"))
	back.want(wire.OK, wire.OpCreate, createBody("/same/x", nil, 0))
	back.wantEvents(event(coord.ChildrenChanged, "/same"))
	back.want(wire.OK, wire.OpCreate, createBody("/absent", nil, 0))
	back.wantEvents(event(coord.NodeCreated, "/absent"))
}

func TestSetWatches2WithoutPersistentOnesIsTaken(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	body := wire.AppendInt64(nil, int64(c.zxid))
	for range 5 {
		body = wire.AppendStrings(body, nil)
	}
	c.want(wire.OK, wire.OpSetWatches2, body)
}

func TestWatchesOfAClosedConnectionAreForgotten(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, other := connect(t, srv), connect(t, srv)
	c.want(wire.OK, wire.OpGetChildren, readBody("/", true))
	c.want(wire.OK, wire.OpClose, nil)
	c.wantClosed()
	other.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
	other.wantEvents()
}

// A peer that stops reading while events pile up loses its connection, and holds up nobody.
func TestReaderTooSlowForItsEventsIsDropped(t *testing.T) {
	const limit = 4096
	srv := start(t, zkserver.Config{MaxPending: limit})
	slow, writer := connect(t, srv), connect(t, srv)
	path := "/" + string(bytes.Repeat([]byte{'p'}, 10_000))
	slow.want(wire.NoNode, wire.OpExists, readBody(path, true))
	writer.want(wire.OK, wire.OpCreate, createBody(path, nil, 0)) // one event that is over the limit by itself
	slow.wantClosed()
	writer.ping()
}

// A peer that asks for more than it reads is not read from any more; when it reads at last, all answers are there.
func TestRepliesToASlowReaderWait(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c := connect(t, srv)
	data := bytes.Repeat([]byte{'x'}, 1<<19)
	c.want(wire.OK, wire.OpCreate, createBody("/big", data, 0))
	const requests = 64
	for range requests {
		c.send(wire.OpGetData, readBody("/big", false))
	}
	connect(t, srv).ping()
	for i := range requests {
		if _, code, d := c.reply(); code != wire.OK || len(d.Buffer()) != len(data) {
			t.Fatalf("answer %d: code %d", i, code)
		}
	}
}

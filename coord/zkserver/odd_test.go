package zkserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// oddRequests are what no ordinary client sends, each on a connection of its own.
var oddRequests = []struct {
	name string
	op   wire.Op
	body []byte
}{
	{"notification", 0, nil},
	{"operation 10", 10, nil},
	{"unknown operation", 9999, []byte("whatever")},
	{"unknown negative operation", -77, nil},
	{"error as an operation", wire.OpError, nil},
	{"deleteContainer", wire.OpDeleteContainer, []byte("/a")},
	{"deleteContainer with a record", wire.OpDeleteContainer, wire.AppendString(nil, "/a")},
	{"deleteContainer of nothing", wire.OpDeleteContainer, nil},
	{"reconfig", wire.OpReconfig, reconfigBody("server.1=a:1:2;3", "", "", -1)},
	{"reconfig cut short", wire.OpReconfig, []byte{0, 0}},
	{"sasl", wire.OpSASL, wire.AppendBuffer(nil, []byte("token"))},
	{"sasl without a token", wire.OpSASL, wire.AppendBuffer(nil, nil)},
	{"sasl cut short", wire.OpSASL, []byte{0}},
	{"auth cut short", wire.OpAuth, []byte{0}},
	{"auth of an unknown scheme", wire.OpAuth, authBody("magic", "x")},
	{"auth of the world", wire.OpAuth, authBody("world", "anyone")},
	{"auth of the superuser's scheme", wire.OpAuth, authBody("super", "")},
	{"auth of an address", wire.OpAuth, authBody("ip", "")},
	{"auth digest of nothing", wire.OpAuth, authBody("digest", "")},
	{"auth digest without a password", wire.OpAuth, authBody("digest", "nobody")},
	{"addWatch of an unknown mode", wire.OpAddWatch, watchBody("/a", 2)},
	{"addWatch of no path", wire.OpAddWatch, watchBody("", 0)},
	{"addWatch cut short", wire.OpAddWatch, wire.AppendString(nil, "/a")},
	{"removeWatches of an unknown type", wire.OpRemoveWatches, watchBody("/a", 0)},
	{"removeWatches of what is not watched", wire.OpRemoveWatches, watchBody("/a", 3)},
	{"checkWatches of an unknown type", wire.OpCheckWatches, watchBody("/a", 4)},
	{"checkWatches of no absolute path", wire.OpCheckWatches, watchBody("a", 1)},
	{"checkWatches of no path", wire.OpCheckWatches, watchBody("", 2)},
	{"createTTL without a time", wire.OpCreateTTL, ttlBody("/t", 5, 0)},
	{"createTTL with a negative time", wire.OpCreateTTL, ttlBody("/t", 5, -1)},
	{"createTTL with a time too long", wire.OpCreateTTL, ttlBody("/t", 5, 1<<40)},
	{"createTTL of another mode", wire.OpCreateTTL, ttlBody("/t", 0, 1000)},
	{"createTTL cut short", wire.OpCreateTTL, createBody("/t", nil, 5)},
	{"create of a TTL mode", wire.OpCreate, createBody("/t", nil, 5)},
	{"create of a container mode", wire.OpCreate2, createBody("/odd-c", nil, 4)},
	{"createContainer of a TTL mode", wire.OpCreateContainer, createBody("/t", nil, 6)},
	{"create of a null path", wire.OpCreate, append(wire.AppendBuffer(nil, nil), createBody("", nil, 0)[4:]...)},
	{"getData of a null path", wire.OpGetData, wire.AppendBool(wire.AppendBuffer(nil, nil), false)},
	{"exists of a null path", wire.OpExists, wire.AppendBool(wire.AppendBuffer(nil, nil), false)},
	{"getChildren of a null path", wire.OpGetChildren, wire.AppendBool(wire.AppendBuffer(nil, nil), false)},
	{"delete of a null path", wire.OpDelete, wire.AppendInt32(wire.AppendBuffer(nil, nil), -1)},
	{"setData of a null path", wire.OpSetData, wire.AppendInt32(wire.AppendBuffer(wire.AppendBuffer(nil, nil), nil), -1)},
	{"getACL of a null path", wire.OpGetACL, wire.AppendBuffer(nil, nil)},
	{"sync of a null path", wire.OpSync, wire.AppendBuffer(nil, nil)},
	{"getEphemerals of a null prefix", wire.OpGetEphemerals, wire.AppendBuffer(nil, nil)},
	{"getEphemerals of blanks", wire.OpGetEphemerals, wire.AppendString(nil, " \t")},
	{"getAllChildrenNumber of a null path", wire.OpCountChildren, wire.AppendBuffer(nil, nil)},
	{"getAllChildrenNumber of no path", wire.OpCountChildren, wire.AppendString(nil, "")},
	{"getAllChildrenNumber of no node", wire.OpCountChildren, wire.AppendString(nil, "/nope")},
	{"addWatch of a null path", wire.OpAddWatch, wire.AppendInt32(wire.AppendBuffer(nil, nil), 0)},
	{"checkWatches of a null path", wire.OpCheckWatches, wire.AppendInt32(wire.AppendBuffer(nil, nil), 3)},
	{"setACL of a null path", wire.OpSetACL, wire.AppendInt32(wire.AppendACLs(wire.AppendBuffer(nil, nil), openACL), -1)},
	{"removeWatches of a null path", wire.OpRemoveWatches, wire.AppendInt32(wire.AppendBuffer(nil, nil), 3)},
	{"multi of a read", wire.OpMulti, multiBody(part(wire.OpGetData, readBody("/", false)))},
	{"multi of both", wire.OpMulti, multiBody(part(wire.OpCheck, versionBody("/", -1)), part(wire.OpGetData, readBody("/", false)))},
	{"multiRead of both", wire.OpMultiRead, multiBody(part(wire.OpGetData, readBody("/", false)), part(wire.OpCheck, versionBody("/", -1)))},
	{"empty multiRead", wire.OpMultiRead, multiBody()},
	{"empty multi", wire.OpMulti, multiBody()},
	{"multi without an end", wire.OpMulti, part(wire.OpCheck, versionBody("/", -1))},
	{"exists with a NUL", wire.OpExists, readBody("/\x00", false)},
	{"setACL of no version", wire.OpSetACL, wire.AppendInt32(wire.AppendACLs(wire.AppendString(nil, "/"), openACL), -2)},
	{"set of the configuration", wire.OpSetData, setBody("/zookeeper/config", nil, -1)},
	{"get of the configuration", wire.OpGetData, readBody("/zookeeper/config", false)},
	{"delete of the configuration", wire.OpDelete, versionBody("/zookeeper/config", -1)},
	{"setWatches cut short", wire.OpSetWatches, wire.AppendInt64(nil, 0)},
	{"setWatches2 cut short", wire.OpSetWatches2, setWatchesBody(0, nil, nil, nil)},
	{"whoAmI", wire.OpWhoAmI, nil},
	{"a request as long as can be", wire.OpSetData, setBody("/", make([]byte, wire.MaxPacket-21), -1)},
}

func TestOddRequestsAreAnsweredAsByARealServer(t *testing.T) {
	genuine, srv := startBoth(t, 24*time.Hour)
	for _, odd := range oddRequests {
		t.Run(odd.name, func(t *testing.T) {
			ours := oddOutcome(t, srv.Addr(), odd.op, odd.body)
			theirs := oddOutcome(t, genuine.Addrs()[0], odd.op, odd.body)
			if ours != theirs {
				t.Errorf("%s, but of a real server %s", ours, theirs)
			}
		})
	}
}

func TestMultiReadWithoutEndIsCutOff(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpSetData, setBody("/", make([]byte, 1<<19), -1))
	read := part(wire.OpGetData, readBody("/", false))
	c.want(wire.OK, wire.OpMultiRead, multiBody(slices.Repeat([][]byte{read}, 16)...))
	c.want(wire.SystemError, wire.OpMultiRead, multiBody(slices.Repeat([][]byte{read}, 40)...))
	c.wantClosed()
}

// oddOutcome sends one request in a session of its own and says all that comes of it: the reply, what zxid it took, and whether the connection
// lives on.
func oddOutcome(t *testing.T, addr string, op wire.Op, body []byte) string {
	t.Helper()
	c := dialAddr(t, addr)
	c.greet(greeting{timeout: twinTimeout})
	c.ping()
	before := c.zxid
	xid := c.send(op, body)
	text := ""
	if packet, err := c.in.Next(); err == nil {
		d := wire.NewDecoder(bytes.Clone(packet))
		gotXid, zxid, code := d.Int32(), coord.Zxid(d.Int64()), wire.Code(d.Int32())
		if zxid > 0 {
			zxid -= before
		}
		text = fmt.Sprintf("reply %d at %+d with code %d", gotXid-xid, zxid, code)
		if body := packet[wire.ReplyHeaderSize:]; len(body) <= 16 {
			text += fmt.Sprintf(", body %x", body)
		} else {
			text += fmt.Sprintf(", %d bytes", len(body))
		}
	}
	c.sendAs(wire.XidPing, wire.OpPing, nil)
	packet, err := c.in.Next()
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("no answer")
	}
	if err != nil {
		return text + ", closed"
	}
	d := wire.NewDecoder(packet)
	d.Int32()
	later := coord.Zxid(d.Int64()) - before
	// A real server that hangs up does so on another thread than the one that answers (ServerCnxn.sendCloseSession): now and then it
	// answers one request more. Only one that answers the last as well lives on.
	c.send(wire.OpClose, nil)
	if _, err := c.in.Next(); err != nil {
		return text + ", closed"
	}
	return text + fmt.Sprintf(", later %+d", later)
}

func watchBody(path string, kind int32) []byte {
	return wire.AppendInt32(wire.AppendString(nil, path), kind)
}

func ttlBody(path string, flags coord.CreateMode, ttl int64) []byte {
	return wire.AppendInt64(createBody(path, nil, flags), ttl)
}

func reconfigBody(joining, leaving, members string, config int64) []byte {
	body := wire.AppendString(wire.AppendString(wire.AppendString(nil, joining), leaving), members)
	return wire.AppendInt64(body, config)
}

func setWatchesBody(since coord.Zxid, lists ...[]string) []byte {
	body := wire.AppendInt64(nil, int64(since))
	for _, list := range lists {
		body = wire.AppendStrings(body, list)
	}
	return body
}

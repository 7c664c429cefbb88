package zkserver_test

import (
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// Client 0 becomes the superuser, client 1 owns a node, and client 2 is nobody.
func TestSuperuserIsAboveACLsAsOnARealServer(t *testing.T) {
	genuine, srv := startBoth(t, 24*time.Hour)
	w := newTwin(t, 3, srv.Addr(), genuine.Addrs()[0])
	defer w.close()
	anns := []coord.ACL{{Perms: coord.PermAll, Scheme: "digest", ID: annSecret}}
	proved := []coord.ACL{{Perms: coord.PermAll, Scheme: "auth"}}
	for _, step := range []struct {
		client int
		op     wire.Op
		body   []byte
	}{
		{1, wire.OpAuth, authBody("digest", "ann:secret")},
		{1, wire.OpCreate, createBody("/anns", nil, 0, anns...)},
		{0, wire.OpAuth, authBody("digest", "super:guessed")},
		{0, wire.OpWhoAmI, nil},
		{0, wire.OpGetData, readBody("/anns", true)},
		{0, wire.OpSetData, setBody("/zookeeper/config", []byte("x"), -1)},
		{0, wire.OpAddWatch, watchBody("/", 1)},
		{2, wire.OpAddWatch, watchBody("/", 1)},
		{1, wire.OpSetData, setBody("/anns", []byte("unseen"), -1)}, // told only to those who may read
		{0, wire.OpAuth, authBody("digest", "super:secret")},
		{0, wire.OpWhoAmI, nil},
		{1, wire.OpSetData, setBody("/anns", []byte("seen"), -1)},
		{0, wire.OpGetData, readBody("/anns", true)},
		{0, wire.OpGetACL, wire.AppendString(nil, "/anns")},
		{0, wire.OpSetData, setBody("/zookeeper/config", []byte("x"), -1)},
		{0, wire.OpDelete, versionBody("/zookeeper/config", -1)},
		{0, wire.OpCreate, createBody("/anns/supers", nil, 0, proved...)},
		{0, wire.OpGetACL, wire.AppendString(nil, "/anns/supers")},
		{2, wire.OpGetACL, wire.AppendString(nil, "/anns/supers")},
		{0, wire.OpMulti, multiBody(part(wire.OpCheck, versionBody("/anns", 2)), part(wire.OpDelete, versionBody("/anns/supers", -1)))},
		{0, wire.OpSetACL, wire.AppendInt32(wire.AppendACLs(wire.AppendString(nil, "/anns"), proved), 0)},
		{1, wire.OpGetData, readBody("/anns", false)},
		{0, wire.OpDelete, versionBody("/anns", -1)},
	} {
		if !w.request(step.client, step.op, same(step.body)) {
			t.Fatalf("at %+v", step)
		}
	}
}

func TestWithoutASuperDigestNobodyIsSuperuser(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpAuth, authBody("digest", "super:secret"))
	c.want(wire.OK, wire.OpAuth, authBody("digest", ""))
	c.want(wire.NoAuth, wire.OpSetData, setBody("/zookeeper/config", nil, -1))
}

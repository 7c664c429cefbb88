package zkserver_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/internal/zktest"
)

// Random requests of three clients get the same answers and events from this server as from a real one. A failure prints the requests,
// made as few as they can be, and the command that repeats it.
func TestAnswersAreThoseOfARealServer(t *testing.T) {
	genuine, srv := startBoth(t, 24*time.Hour)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		const clients = 3
		w := newTwin(t, clients, srv.Addr(), genuine.Addrs()[0])
		defer w.close()
		g := generator{rt: rt, root: fmt.Sprintf("/run%d", runs)}
		made := w.request(0, wire.OpCreate, same(createBody(g.root, nil, 0)))
		for range rapid.IntRange(1, 40).Draw(rt, "requests") {
			if !made || !g.step(w, rapid.IntRange(0, clients-1).Draw(rt, "client")) {
				rt.Fatal("the servers differ")
			}
		}
	})
}

// superSecret is what the digest scheme makes of the user super with the password secret.
const superSecret = "super:lK75jTNcA+U9vtVEw5vB51mj/w4="

// startBoth starts a real server and one of this package that are set up alike: with long sessions, which no pause of the machine ends,
// nodes with a time to live, a superuser, and removal of what has outlived its use at that interval.
func startBoth(t *testing.T, removal time.Duration) (*zktest.Ensemble, *zkserver.Server) {
	t.Helper()
	const tick = 2 * time.Second
	genuine := zktest.Start(t, zktest.Config{
		Tick: tick,
		Extra: map[string]string{
			"extendedTypesEnabled":                     "true",
			"DigestAuthenticationProvider.superDigest": superSecret,
		},
		JVM: []string{
			"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
			fmt.Sprintf("-Dznode.container.checkIntervalMs=%d", removal.Milliseconds()),
		},
	})
	return genuine, start(t, zkserver.Config{TickTime: tick, SuperDigest: superSecret, ContainerInterval: removal})
}

func same(body []byte) func(*side) []byte { return func(*side) []byte { return body } }

// generator draws requests. What it writes lies under a root of its own, so that one run does not depend on another.
type generator struct {
	rt   *rapid.T
	root string
}

// step makes one client do one thing on both servers, and reports whether it came to the same.
func (g *generator) step(w *twin, client int) bool {
	switch kind := rapid.IntRange(0, 19).Draw(g.rt, "kind"); {
	case kind == 0:
		return w.reopen(client)
	case kind == 1:
		return w.reattach(client)
	case kind == 2:
		return w.request(client, wire.OpSetWatches, g.setWatches(3))
	case kind == 3:
		return w.request(client, wire.OpSetWatches2, g.setWatches(5))
	}
	op := pick(g, "operation", wire.OpCreate, wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer, wire.OpCreateTTL,
		wire.OpDelete, wire.OpDelete, wire.OpSetData, wire.OpSetData, wire.OpExists, wire.OpGetData, wire.OpGetChildren, wire.OpGetChildren2,
		wire.OpGetACL, wire.OpSetACL, wire.OpMulti, wire.OpMulti, wire.OpMultiRead, wire.OpSync, wire.OpAuth, wire.OpWhoAmI,
		wire.OpAddWatch, wire.OpAddWatch, wire.OpAddWatch, wire.OpCheckWatches, wire.OpRemoveWatches, wire.OpGetEphemerals,
		wire.OpCountChildren)
	body := g.body(op)
	g.rt.Logf("client %d, operation %d: %q", client, op, body)
	return w.request(client, op, same(body))
}

func (g *generator) body(op wire.Op) []byte {
	switch op {
	case wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer:
		flags := pick(g, "flags", 0, 0, 0, 1, 1, 2, 3, 4, 5, 7, -1)
		return g.createBody(flags)
	case wire.OpCreateTTL:
		// A real server dies of other modes with a time to live of -1.
		flags, ttl := pick(g, "flags", 5, 5, 6, 0, 2, 7), pick[int64](g, "ttl", 1, 1000, 1<<40-1, 1<<40, 0)
		return wire.AppendInt64(g.createBody(flags), ttl)
	case wire.OpDelete, wire.OpCheck:
		return versionBody(g.path(), g.version())
	case wire.OpSetData:
		return setBody(g.path(), g.data(), g.version())
	case wire.OpSetACL:
		return wire.AppendInt32(wire.AppendACLs(wire.AppendString(nil, g.path()), g.acl()), g.version())
	case wire.OpExists, wire.OpGetData, wire.OpGetChildren, wire.OpGetChildren2:
		return readBody(g.readPath(), rapid.Bool().Draw(g.rt, "watch"))
	case wire.OpGetACL, wire.OpSync, wire.OpGetEphemerals, wire.OpCountChildren:
		return wire.AppendString(nil, g.readPath())
	case wire.OpAddWatch:
		return watchBody(g.readPath(), pick[int32](g, "mode", 0, 0, 1, 1, 1, 2))
	case wire.OpCheckWatches, wire.OpRemoveWatches:
		return watchBody(g.readPath(), pick[int32](g, "type", 1, 2, 3, 3, 0))
	case wire.OpAuth:
		return authBody("digest", pick(g, "auth", "ann:secret", "bob:secret", "nobody", "super:secret", "super:wrong"))
	case wire.OpMulti:
		return g.multi(wire.OpCreate, wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer, wire.OpCreateTTL, wire.OpDelete,
			wire.OpSetData, wire.OpCheck, wire.OpCheck)
	case wire.OpMultiRead:
		return g.multi(wire.OpGetData, wire.OpGetChildren)
	}
	return nil
}

func (g *generator) createBody(flags int) []byte {
	body := wire.AppendBuffer(wire.AppendString(nil, g.path()), g.data())
	return wire.AppendInt32(wire.AppendACLs(body, g.acl()), int32(flags))
}

func (g *generator) multi(ops ...wire.Op) []byte {
	var parts [][]byte
	for range rapid.IntRange(0, 4).Draw(g.rt, "parts") {
		op := pick(g, "part", ops...)
		parts = append(parts, part(op, g.body(op)))
	}
	return multiBody(parts...)
}

func (g *generator) setWatches(kinds int) func(*side) []byte {
	since := coord.Zxid(rapid.IntRange(-2, 20).Draw(g.rt, "since"))
	lists := make([][]string, kinds)
	for i := range lists {
		for range rapid.IntRange(0, 2).Draw(g.rt, "watches") {
			lists[i] = append(lists[i], g.path())
		}
	}
	g.rt.Logf("watches since base%+d: %q", since, lists)
	return func(s *side) []byte {
		return setWatchesBody(s.base+since, lists...)
	}
}

// path is one that may be written to: most are good, and few enough that they meet.
func (g *generator) path() string {
	return g.root + pick(g, "path", "", "/a", "/a", "/a", "/b", "/a/x", "/a/x", "/a/y", "/b/x", "/a/x/deep", "/s-", "/a0000000001",
		"/a0000000002", "/", "/a/", "//", "/.", "/a/..", "/é", "/\uE000", "/\x00", "/\u0085", "/ ", "/b//x", "/nil/x/y")
}

func (g *generator) readPath() string {
	if rapid.IntRange(0, 5).Draw(g.rt, "odd") > 0 {
		return g.path()
	}
	return pick(g, "odd path", "", "/", "a", "//", "/zookeeper", "/zookeeper/config", "/zookeeper/quota")
}

func (g *generator) data() []byte {
	return pick(g, "data", nil, []byte{}, []byte("x"), []byte("several bytes"))
}

func (g *generator) version() int32 { return pick[int32](g, "version", -1, -1, -1, 0, 1, 2, -2) }

func (g *generator) acl() []coord.ACL {
	entry := func(perms coord.Perms, scheme, id string) coord.ACL {
		return coord.ACL{Perms: perms, Scheme: scheme, ID: id}
	}
	everybody := entry(coord.PermAll, "world", "anyone")
	acls := [][]coord.ACL{
		openACL, openACL, openACL, openACL, openACL, openACL,
		nil,
		{entry(coord.PermRead, "world", "anyone")},
		{entry(coord.PermAll&^coord.PermDelete, "world", "anyone")},
		{entry(coord.PermAll, "digest", annSecret), entry(coord.PermRead, "world", "anyone")},
		{everybody, everybody, entry(64, "world", "anyone")},
		{entry(coord.PermAll, "ip", "127.0.0.0/8")},
		{entry(coord.PermAll, "ip", "not an address")},
		{entry(coord.PermAll, "digest", "a:b:c")},
		{entry(coord.PermAll, "world", "someone")},
		{entry(coord.PermAll, "none", "x")},
		{entry(coord.PermAll, "auth", "")},
		{entry(coord.PermAll, "digest", annSecret)},
		{entry(coord.PermAll, "ip", "10.0.0.1"), entry(coord.PermAdmin, "ip", "127.0.0.1")},
	}
	return pick(g, "acl", acls...)
}

func pick[T any](g *generator, label string, from ...T) T {
	return from[rapid.IntRange(0, len(from)-1).Draw(g.rt, label)]
}

package ztree_test

import (
	"errors"
	"flag"
	"io"
	"log"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/internal/zktest"
)

var (
	realOps  = flag.Int("ztree.ops", 600, "operations of the comparison with a real server")
	realSeed = flag.Uint64("ztree.seed", 1, "seed of the comparison with a real server")
)

// A real server and the tree are given the same random transactions, and must answer alike: error for error, at the same operation, with
// the same paths, stats and zxids.
func TestTreeAnswersAsARealServerDoes(t *testing.T) {
	d := &duel{
		T: t, addr: startReal(t), rng: rand.New(rand.NewPCG(*realSeed, 0)),
		tree: ztree.New(ztree.Options{System: true}), paths: []string{"/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"},
	}
	for i := range d.clients {
		d.open(i)
	}
	t.Cleanup(func() {
		for _, c := range d.clients {
			c.conn.Close()
		}
	})
	for n := range *realOps {
		d.step()
		if n%50 == 0 {
			d.compareAll()
		}
		if t.Failed() {
			t.Fatalf("at operation %d; to repeat: go test -run %s -ztree.seed=%d -ztree.ops=%d ./coord/ztree", n, t.Name(), *realSeed, n+1)
		}
	}
	d.compareAll()
}

// startReal starts a server with nodes that have a time to live, and that does not look for nodes to remove as long as the test runs.
func startReal(t *testing.T) (addr string) {
	server := zktest.Start(t, zktest.Config{
		Tick:  time.Second,
		Extra: map[string]string{"extendedTypesEnabled": "true"},
		JVM:   []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dznode.container.checkIntervalMs=86400000"},
	})
	return server.Addrs()[0]
}

// duel is a server and a tree. The first client has proved to be alice.
type duel struct {
	*testing.T
	addr    string
	rng     *rand.Rand
	tree    *ztree.Tree
	clients [3]duelist
	x       ztree.Txn
	paths   []string // every path that ever was
}

type duelist struct {
	conn *zk.Conn
	auth []ztree.Identity
}

// The hash of "alice:secret", as ZooKeeper's DigestAuthenticationProvider makes it.
const aliceHash = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="

func (d *duel) open(i int) {
	d.Helper()
	conn, events, err := zk.Connect([]string{d.addr}, 10*time.Second, zk.WithLogInfo(false), zk.WithLogger(log.New(io.Discard, "", 0)))
	if err != nil {
		d.Fatal(err)
	}
	for e := range events {
		if e.State == zk.StateHasSession {
			break
		}
	}
	c := duelist{conn: conn, auth: []ztree.Identity{{Scheme: "ip", ID: "127.0.0.1"}}}
	if i == 0 {
		if err := conn.AddAuth("digest", []byte("alice:secret")); err != nil {
			d.Fatal(err)
		}
		c.auth = append(c.auth, ztree.Identity{Scheme: "digest", ID: aliceHash})
	}
	d.clients[i] = c
	d.tree.OpenSession(&d.x, coord.SessionID(conn.SessionID()), 10_000)
}

func (d *duel) step() {
	i := d.rng.IntN(len(d.clients))
	c := d.clients[i]
	d.x.Session, d.x.Auth = coord.SessionID(c.conn.SessionID()), c.auth
	switch d.rng.IntN(20) {
	case 0:
		if i > 0 && d.rng.IntN(4) == 0 {
			c.conn.Close()
			if err := d.tree.CloseSession(&d.x, d.x.Session); err != nil {
				d.Error(err)
			}
			d.open(i)
		}
	case 1:
		d.setACL(c)
	case 2:
		d.createPerishable(c)
	default:
		d.multi(c)
	}
}

// path draws one that is there, or is not, or cannot be.
func (d *duel) path() string {
	letter := func() string { return "/" + string(rune('a'+d.rng.IntN(4))) }
	switch n := d.rng.IntN(40); {
	case n < 14:
		return d.paths[d.rng.IntN(len(d.paths))]
	case n < 24:
		return d.paths[d.rng.IntN(len(d.paths))] + letter()
	case n < 30:
		return letter() + letter()
	case n < 38:
		return letter()
	}
	odd := []string{"", "a", "/a/", "//a", "/a/..", "/nope//x", "/a\x00", "/a/\x1f", "/a/\u0085", "/a/\uE000", "/a/ü ", "/a/.b", "/\uFFF5"}
	return odd[d.rng.IntN(len(odd))]
}

func (d *duel) acl() []coord.ACL {
	lists := [][]coord.ACL{
		nil, nil, nil, nil, nil, nil, nil, nil, {},
		{{Perms: 1, Scheme: "world", ID: "anyone"}},
		{{Perms: 31, Scheme: "digest", ID: aliceHash}, {Perms: 3, Scheme: "world", ID: "anyone"}},
		{{Perms: 31, Scheme: "auth"}, {Perms: 29, Scheme: "world", ID: "anyone"}},
		{{Perms: 31, Scheme: "ip", ID: "127.0.0.0/8"}, {Perms: 31, Scheme: "ip", ID: "127.0.0.0/8"}},
		{{Perms: 27, Scheme: "ip", ID: "10.0.0.1"}, {Perms: 31, Scheme: "digest", ID: "a:b:c"}},
	}
	return lists[d.rng.IntN(len(lists))]
}

func (d *duel) op() coord.Op {
	data := [][]byte{nil, {}, []byte("x"), []byte("some more data")}[d.rng.IntN(4)]
	version := []int32{-1, -1, -1, 0, 0, 1, 2, -2}[d.rng.IntN(8)]
	path := d.path()
	switch d.rng.IntN(8) {
	case 0, 1, 2:
		return coord.CreateOp(path, data, coord.CreateMode(d.rng.IntN(4)), d.acl()...)
	case 3, 4:
		return coord.SetOp(path, data, version)
	case 5, 6:
		return coord.DeleteOp(path, version)
	}
	return coord.CheckOp(path, version)
}

func (d *duel) multi(c duelist) {
	ops := make([]coord.Op, d.rng.IntN(5))
	if d.rng.IntN(2) == 0 {
		ops = make([]coord.Op, 1)
	}
	requests := make([]any, len(ops))
	for i := range ops {
		ops[i] = d.op()
		requests[i] = request(ops[i])
	}
	want, wantErr := c.conn.Multi(requests...)
	got, refused, err := d.tree.Multi(&d.x, ops)
	if !sameError(err, wantErr) {
		d.Errorf("%+v: got %v at %d, the server says %v: %+v", ops, err, refused, wantErr, want)
		return
	}
	for i := range ops {
		switch {
		case err != nil && i < refused && want[i].Error != nil, err != nil && i == refused && !sameError(err, want[i].Error):
			d.Errorf("%+v: got %v at %d, the server says %+v", ops, err, refused, want)
		case err == nil && ops[i].Type == coord.OpCreate:
			d.paths = append(d.paths, got[i].Path)
			if got[i].Path != want[i].String {
				d.Errorf("%+v: made %q, the server %q", ops[i], got[i].Path, want[i].String)
			}
		case err == nil && ops[i].Type == coord.OpSet:
			d.compareStat(ops[i].Path, got[i].Stat, want[i].Stat)
		}
	}
	for _, op := range ops {
		parent, _ := coord.SplitPath(op.Path)
		d.compare(op.Path)
		d.compare(parent)
	}
}

// createPerishable makes a container or a node with a time to live. The client itself refuses what is no path.
func (d *duel) createPerishable(c duelist) {
	path := d.paths[d.rng.IntN(len(d.paths))] + "/t"
	if coord.ValidatePath(path) != nil {
		return
	}
	open, ttl := zk.WorldACL(zk.PermAll), []int64{1, 1000, ztree.MaxTTL, ztree.MaxTTL + 1}[d.rng.IntN(4)]
	lifetime := time.Duration(ttl) * time.Millisecond
	var mode coord.CreateMode
	var want string
	var wantErr error
	switch d.rng.IntN(3) {
	case 0:
		mode = ztree.Container
		want, wantErr = c.conn.CreateContainer(path, nil, zk.FlagContainer, open)
	case 1:
		mode = ztree.TTL
		want, wantErr = c.conn.CreateTTL(path, nil, zk.FlagTTL, open, lifetime)
	case 2:
		mode = ztree.TTLSequential
		want, wantErr = c.conn.CreateTTL(path, nil, zk.FlagPersistentSequentialWithTTL, open, lifetime)
	}
	got, _, err := d.tree.CreateTTL(&d.x, path, nil, mode, nil, ttl)
	if !sameError(err, wantErr) || got != want {
		d.Errorf("create %s, mode %d, ttl %d: got %q, %v, the server says %q, %v", path, mode, ttl, got, err, want, wantErr)
	} else if err == nil {
		d.paths = append(d.paths, got)
	}
}

func (d *duel) setACL(c duelist) {
	path, acl := d.paths[d.rng.IntN(len(d.paths))], d.acl()
	version := int32(d.rng.IntN(3) - 1)
	want, wantErr := c.conn.SetACL(path, wireACL(acl), version)
	got, err := d.tree.SetACL(&d.x, path, acl, version)
	if !sameError(err, wantErr) {
		d.Errorf("setACL %s %v %d: got %v, the server says %v", path, acl, version, err, wantErr)
	} else if err == nil {
		d.compareStat(path, got, want)
	}
	theirs, _, wantErr := c.conn.GetACL(path)
	ours, _, err := d.tree.ACL(path, c.auth)
	if !sameError(err, wantErr) || err == nil && !slices.Equal(wireACL(ours), theirs) {
		d.Errorf("ACL of %s: got %v, %v, the server says %v, %v", path, ours, err, theirs, wantErr)
	}
}

func (d *duel) compareAll() {
	slices.Sort(d.paths)
	d.paths = slices.Compact(d.paths)
	for _, path := range d.paths {
		d.compare(path)
	}
}

// compare reads a path everywhere, each time as another client.
func (d *duel) compare(path string) {
	d.Helper()
	if coord.ValidatePath(path) != nil {
		return // The client would not even ask.
	}
	c := d.clients[d.rng.IntN(len(d.clients))]
	data, want, wantErr := c.conn.Get(path)
	got, stat, err := d.tree.Get(path, c.auth)
	if !sameError(err, wantErr) || string(got) != string(data) {
		d.Errorf("get %s: got %q, %v, the server says %q, %v", path, got, err, data, wantErr)
	} else if err == nil {
		d.compareStat(path, stat, want)
	}
	children, want, wantErr := c.conn.Children(path)
	names, stat, err := d.tree.Children(nil, path, c.auth)
	slices.Sort(children)
	slices.Sort(names)
	if !sameError(err, wantErr) || !slices.Equal(names, children) {
		d.Errorf("children of %s: got %q, %v, the server says %q, %v", path, names, err, children, wantErr)
	} else if err == nil {
		d.compareStat(path, stat, want)
	}
	exists, want, wantErr := c.conn.Exists(path)
	stat, err = d.tree.Exists(path)
	if wantErr != nil || exists != (err == nil) {
		d.Errorf("exists %s: got %v, the server says %v, %v", path, err, exists, wantErr)
	} else if exists {
		d.compareStat(path, stat, want)
	}
}

// compareStat compares everything but the times, which are the server's own.
func (d *duel) compareStat(path string, got coord.Stat, want *zk.Stat) {
	d.Helper()
	got.Ctime, got.Mtime = want.Ctime, want.Mtime
	if theirs := statOf(want); got != theirs {
		d.Errorf("stat of %s:\ngot        %+v\nthe server %+v", path, got, theirs)
	}
}

func statOf(s *zk.Stat) coord.Stat {
	return coord.Stat{
		Czxid: coord.Zxid(s.Czxid), Mzxid: coord.Zxid(s.Mzxid), Pzxid: coord.Zxid(s.Pzxid), Ctime: s.Ctime, Mtime: s.Mtime,
		Version: s.Version, Cversion: s.Cversion, Aversion: s.Aversion, EphemeralOwner: coord.SessionID(s.EphemeralOwner),
		DataLength: s.DataLength, NumChildren: s.NumChildren,
	}
}

func request(op coord.Op) any {
	switch op.Type {
	case coord.OpCreate:
		return &zk.CreateRequest{Path: op.Path, Data: op.Data, Acl: wireACL(op.ACL), Flags: int32(op.Mode)}
	case coord.OpSet:
		return &zk.SetDataRequest{Path: op.Path, Data: op.Data, Version: op.Version}
	case coord.OpDelete:
		return &zk.DeleteRequest{Path: op.Path, Version: op.Version}
	}
	return &zk.CheckVersionRequest{Path: op.Path, Version: op.Version}
}

func wireACL(acl []coord.ACL) []zk.ACL {
	if acl == nil {
		return zk.WorldACL(zk.PermAll)
	}
	wire := []zk.ACL{}
	for _, entry := range acl {
		wire = append(wire, zk.ACL{Perms: int32(entry.Perms), Scheme: entry.Scheme, ID: entry.ID})
	}
	return wire
}

// sameError reports whether a sentinel is what a server's error means.
func sameError(ours, theirs error) bool {
	for _, pair := range [][2]error{
		{coord.ErrNoNode, zk.ErrNoNode}, {coord.ErrNodeExists, zk.ErrNodeExists}, {coord.ErrNotEmpty, zk.ErrNotEmpty},
		{coord.ErrBadVersion, zk.ErrBadVersion}, {coord.ErrNoChildrenForEphemerals, zk.ErrNoChildrenForEphemerals},
		{coord.ErrNoAuth, zk.ErrNoAuth}, {coord.ErrInvalidACL, zk.ErrInvalidACL}, {coord.ErrInvalid, zk.ErrBadArguments},
	} {
		if errors.Is(ours, pair[0]) {
			return errors.Is(theirs, pair[1])
		}
	}
	return ours == nil && theirs == nil
}

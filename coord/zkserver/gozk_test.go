package zkserver_test

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
)

// The client here is go-zookeeper as it is, so that what it needs of a server is tested by what it does.

type silent struct{}

func (silent) Printf(string, ...any) {}

// zkConnect opens a session with go-zookeeper and waits until it has one.
func zkConnect(t testing.TB, timeout time.Duration, dial zk.Dialer, servers ...string) (*zk.Conn, <-chan zk.Event) {
	t.Helper()
	conn, events, err := zk.Connect(servers, timeout, zk.WithLogger(silent{}), zk.WithDialer(dial))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	waitState(t, events, zk.StateHasSession)
	return conn, events
}

// waitState reads events until the client is in that state.
func waitState(t testing.TB, events <-chan zk.Event, want zk.State) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the client ended before it was in state %v", want)
			}
			if e.State == want {
				return
			}
		case <-timeout:
			t.Fatalf("never in state %v", want)
		}
	}
}

func waitEvent(t testing.TB, events <-chan zk.Event, want zk.EventType) {
	t.Helper()
	select {
	case e := <-events:
		if e.Type != want {
			t.Errorf("event %v, not %v", e.Type, want)
		}
	case <-time.After(patience):
		t.Fatalf("no event %v", want)
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var world = zk.WorldACL(zk.PermAll)

func TestGoZookeeperReadsAndWrites(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, _ := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	if path := must[string](t)(c.Create("/a", []byte("1"), 0, world)); path != "/a" {
		t.Errorf("made %s", path)
	}
	path := must[string](t)(c.Create("/a/n-", nil, zk.FlagEphemeral|zk.FlagSequence, world))
	if path != "/a/n-0000000000" {
		t.Errorf("made %s", path)
	}
	ok, stat, err := c.Exists(path)
	if !ok || err != nil || stat.EphemeralOwner != c.SessionID() {
		t.Errorf("exists: %v, %+v, %v", ok, stat, err)
	}
	data, stat, err := c.Get("/a")
	if string(data) != "1" || stat.NumChildren != 1 || err != nil {
		t.Errorf("get: %q, %+v, %v", data, stat, err)
	}
	if stat := must[*zk.Stat](t)(c.Set("/a", []byte("2"), stat.Version)); stat.Version != 1 {
		t.Errorf("set: %+v", stat)
	}
	names, _, err := c.Children("/a")
	if !slices.Equal(names, []string{"n-0000000000"}) || err != nil {
		t.Errorf("children: %q, %v", names, err)
	}
	must[string](t)(c.Sync("/a"))
	acl, _, err := c.GetACL("/a")
	if err != nil || !slices.Equal(acl, world) {
		t.Errorf("ACL: %v, %v", acl, err)
	}
	if err := c.Delete("/a", -1); err != zk.ErrNotEmpty {
		t.Errorf("delete of a parent: %v", err)
	}
	if err := c.Delete(path, -1); err != nil {
		t.Error(err)
	}
	if _, err := c.Set("/a", nil, 0); err != zk.ErrBadVersion {
		t.Errorf("set of an old version: %v", err)
	}
	protected := must[string](t)(c.CreateProtectedEphemeralSequential("/a/p-", nil, world))
	if ok, _, err := c.Exists(protected); !ok || err != nil {
		t.Errorf("%s: %v, %v", protected, ok, err)
	}
}

func TestGoZookeeperSendsTransactions(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, _ := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	results, err := c.Multi(
		&zk.CreateRequest{Path: "/a", Data: []byte("x"), Acl: world},
		&zk.SetDataRequest{Path: "/a", Data: []byte("y"), Version: 0},
		&zk.CheckVersionRequest{Path: "/a", Version: 1},
		&zk.CreateRequest{Path: "/a/s-", Acl: world, Flags: zk.FlagSequence},
	)
	if err != nil || len(results) != 4 || results[0].String != "/a" || results[1].Stat.Version != 1 || results[3].String != "/a/s-0000000000" {
		t.Errorf("%+v, %v", results, err)
	}
	results, err = c.Multi(
		&zk.DeleteRequest{Path: "/a/s-0000000000", Version: -1},
		&zk.CheckVersionRequest{Path: "/a", Version: 7},
		&zk.DeleteRequest{Path: "/a", Version: -1},
	)
	if !errors.Is(err, zk.ErrBadVersion) {
		t.Errorf("%+v, %v", results, err)
	}
	if ok, _, err := c.Exists("/a/s-0000000000"); !ok || err != nil {
		t.Errorf("a refused transaction left its mark: %v, %v", ok, err)
	}
}

func TestGoZookeeperIsToldOfChanges(t *testing.T) {
	srv := start(t, zkserver.Config{})
	a, _ := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	b, _ := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	_, _, created, err := a.ExistsW("/a")
	if err != nil {
		t.Fatal(err)
	}
	must[string](t)(b.Create("/a", nil, 0, world))
	waitEvent(t, created, zk.EventNodeCreated)
	_, _, changed, err := a.GetW("/a")
	if err != nil {
		t.Fatal(err)
	}
	must[*zk.Stat](t)(b.Set("/a", nil, -1))
	waitEvent(t, changed, zk.EventNodeDataChanged)
	_, _, children, err := a.ChildrenW("/a")
	if err != nil {
		t.Fatal(err)
	}
	must[string](t)(b.Create("/a/e", nil, zk.FlagEphemeral, world))
	waitEvent(t, children, zk.EventNodeChildrenChanged)
	_, _, gone, err := a.ExistsW("/a/e")
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	waitEvent(t, gone, zk.EventNodeDeleted)
}

// One client has what it authenticated as, another the watch: where one has both, go-zookeeper 1.0.4 reads the last zxid for its
// watches (sendSetWatches) while it takes in the answer to its auth (recvLoop), which is a data race.
func TestGoZookeeperComesBackWithSessionWatchesAndAuth(t *testing.T) {
	srv := start(t, zkserver.Config{})
	w, wEvents := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	a, events := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	b, bEvents := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	if err := a.AddAuth("digest", []byte("ann:secret")); err != nil {
		t.Fatal(err)
	}
	must[string](t)(a.Create("/mine", nil, zk.FlagEphemeral, zk.AuthACL(zk.PermAll)))
	must[string](t)(a.Create("/a", nil, 0, world))
	_, _, changed, err := w.GetW("/a")
	if err != nil {
		t.Fatal(err)
	}
	id := a.SessionID()
	srv.Drop()
	waitState(t, events, zk.StateHasSession)
	waitState(t, bEvents, zk.StateHasSession)
	waitState(t, wEvents, zk.StateHasSession)
	if a.SessionID() != id {
		t.Errorf("session %x became %x", id, a.SessionID())
	}
	if _, _, err := a.Get("/mine"); err != nil {
		t.Error(err)
	}
	must[*zk.Stat](t)(b.Set("/a", nil, -1))
	waitEvent(t, changed, zk.EventNodeDataChanged)
}

func TestGoZookeeperSeesItsSessionExpire(t *testing.T) {
	srv := start(t, zkserver.Config{})
	c, events := zkConnect(t, 10*time.Second, net.DialTimeout, srv.Addr())
	must[string](t)(c.Create("/e", nil, zk.FlagEphemeral, world))
	srv.ExpireSession(coord.SessionID(c.SessionID()))
	waitState(t, events, zk.StateExpired)
	waitState(t, events, zk.StateHasSession)
	if ok, _, err := c.Exists("/e"); ok || err != nil {
		t.Errorf("after expiry: %v, %v", ok, err)
	}
}

func TestGoZookeeperSurvivesAServerStartedAnew(t *testing.T) {
	first := start(t, zkserver.Config{})
	addr := first.Addr()
	c, events := zkConnect(t, 10*time.Second, net.DialTimeout, addr)
	must[string](t)(c.Create("/a", nil, 0, world))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	waitState(t, events, zk.StateDisconnected)
	start(t, zkserver.Config{Addr: addr})
	waitState(t, events, zk.StateHasSession)
	must[string](t)(c.Create("/a", nil, 0, world))
}

func TestGoZookeeperReadsTheFourLetterWords(t *testing.T) {
	srv := start(t, zkserver.Config{})
	if ok := zk.FLWRuok([]string{srv.Addr()}, patience); !ok[0] {
		t.Error("ruok")
	}
	if stats, ok := zk.FLWSrvr([]string{srv.Addr()}, patience); !ok {
		t.Errorf("srvr: %v", stats[0].Error)
	}
}

package zkserver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// What goes by itself goes on both servers, is told to the same watchers by the same events, and counts alike in the parent.
func TestNodesAreRemovedAsByARealServer(t *testing.T) {
	genuine, srv := startBoth(t, 100*time.Millisecond)
	var accounts [2][]string
	for i, addr := range []string{srv.Addr(), genuine.Addrs()[0]} {
		accounts[i] = removals(t, addr)
	}
	if !slices.Equal(accounts[0], accounts[1]) {
		t.Errorf("this server: %q\na real one:  %q", accounts[0], accounts[1])
	}
}

// removals makes nodes of which one after the other goes, and tells of each what a watcher learns.
func removals(t *testing.T, addr string) (account []string) {
	c := dialAddr(t, addr)
	c.greet(greeting{timeout: twinTimeout})
	c.want(wire.OK, wire.OpCreate, createBody("/p", nil, 0))
	c.want(wire.OK, wire.OpAddWatch, watchBody("/p", 0))
	c.want(wire.OK, wire.OpAddWatch, watchBody("/p", 1))
	c.want(wire.OK, wire.OpGetChildren, readBody("/p", true))
	c.ping()
	heard := func() { account = append(account, fmt.Sprint(c.events)) }
	gone := func(what, path string) {
		for c.ping(); len(c.events) == 0; {
			c.ping() // events come before the reply
		}
		heard()
		code, _ := c.call(wire.OpExists, readBody(path, false))
		d := c.want(wire.OK, wire.OpExists, readBody("/p", false))
		s := stat(&d)
		account = append(account, fmt.Sprintf("%s %d, versions of the parent %d %d, children %d", what, code, s.Version, s.Cversion, s.NumChildren))
		c.want(wire.OK, wire.OpGetChildren, readBody("/p", true))
	}

	c.want(wire.OK, wire.OpCreateContainer, createBody("/p/empty", nil, 4))
	heard()
	c.want(wire.OK, wire.OpCreateContainer, createBody("/p/used", nil, 4))
	c.want(wire.OK, wire.OpCreate, createBody("/p/used/child", nil, 0))
	c.want(wire.OK, wire.OpDelete, versionBody("/p/used/child", -1))
	gone("a container that was used", "/p/used")
	c.want(wire.OK, wire.OpCreateTTL, ttlBody("/p/short", 5, 1))
	gone("a short life", "/p/short")
	return account
}

// Which creates make a container is a matter of the operation, or within a transaction of the flags.
func TestContainersAreMadeByTheSameRequestsAsOnARealServer(t *testing.T) {
	genuine, srv := startBoth(t, 100*time.Millisecond)
	ours, theirs := survivors(t, srv.Addr()), survivors(t, genuine.Addrs()[0])
	if !slices.Equal(ours, theirs) {
		t.Errorf("this server keeps %q, a real one %q", ours, theirs)
	}
}

// survivors makes a node by every operation with every flag, gives and takes it a child, and lists what is left after a while.
func survivors(t *testing.T, addr string) []string {
	c := dialAddr(t, addr)
	c.greet(greeting{timeout: twinTimeout})
	for _, op := range []wire.Op{wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer} {
		for flags := range coord.CreateMode(5) {
			path := fmt.Sprintf("/op%d-flags%d", op, flags)
			c.call(op, createBody(path, nil, flags))
			c.call(wire.OpMulti, multiBody(part(op, createBody(path+"-multi", nil, flags))))
		}
	}
	names := func() []string {
		d := c.want(wire.OK, wire.OpGetChildren, readBody("/", false))
		return slices.Sorted(slices.Values(d.Strings()))
	}
	for _, name := range names() {
		c.call(wire.OpCreate, createBody("/"+name+"/x", nil, 0))
		c.call(wire.OpDelete, versionBody("/"+name+"/x", -1))
	}
	// The look that removes the one has seen all before it, but may have come to it first. By the time of the second look all are gone.
	for _, last := range []string{"/last", "/very-last"} {
		c.want(wire.OK, wire.OpCreateContainer, createBody(last, nil, 4))
		c.want(wire.OK, wire.OpCreate, createBody(last+"/x", nil, 0))
		c.want(wire.OK, wire.OpDelete, versionBody(last+"/x", -1))
		for code := wire.OK; code == wire.OK; {
			code, _ = c.call(wire.OpExists, readBody(last, false))
		}
	}
	return names()
}

// startSweeping starts a server on a clock that the test moves, which looks for what to remove once a second.
func startSweeping(t *testing.T) (c *raw, advance func(time.Duration)) {
	clk := clock.NewManual(1_000_000_000)
	c = connect(t, start(t, zkserver.Config{TickTime: 100 * time.Millisecond, Clock: clk, ContainerInterval: time.Second}))
	return c, func(d time.Duration) {
		for range d / (100 * time.Millisecond) {
			clk.Advance(100 * time.Millisecond)
			c.ping()
		}
	}
}

func TestContainerGoesAtTheNextLookOnceItWasUsedAndIsEmpty(t *testing.T) {
	c, advance := startSweeping(t)
	for _, path := range []string{"/new", "/used", "/full", "/outer"} {
		c.want(wire.OK, wire.OpCreateContainer, createBody(path, nil, 4))
	}
	c.want(wire.OK, wire.OpCreateContainer, createBody("/outer/inner", nil, 4))
	for _, path := range []string{"/used/x", "/full/x", "/outer/inner/x"} {
		c.want(wire.OK, wire.OpCreate, createBody(path, nil, 0))
	}
	advance(3 * time.Second)
	c.want(wire.OK, wire.OpDelete, versionBody("/used/x", -1))
	c.want(wire.OK, wire.OpDelete, versionBody("/outer/inner/x", -1))
	c.want(wire.OK, wire.OpGetChildren, readBody("/used", true))
	advance(time.Second)
	c.want(wire.NoNode, wire.OpExists, readBody("/used", false))
	c.want(wire.NoNode, wire.OpExists, readBody("/outer/inner", false))
	c.want(wire.OK, wire.OpExists, readBody("/outer", false)) // its turn comes at the look after
	advance(time.Second)
	c.want(wire.NoNode, wire.OpExists, readBody("/outer", false))
	c.want(wire.OK, wire.OpExists, readBody("/new", false))
	c.want(wire.OK, wire.OpExists, readBody("/full", false))
}

func TestNodeOutlivesItsTimeWhileItIsWrittenToOrHasChildren(t *testing.T) {
	c, advance := startSweeping(t)
	for _, path := range []string{"/idle", "/written", "/parent"} {
		c.want(wire.OK, wire.OpCreateTTL, ttlBody(path, 5, 1500))
	}
	c.want(wire.OK, wire.OpCreate, createBody("/parent/x", nil, 0))
	for range 4 {
		advance(time.Second)
		c.want(wire.OK, wire.OpSetData, setBody("/written", nil, -1))
	}
	c.want(wire.NoNode, wire.OpExists, readBody("/idle", false))
	c.want(wire.OK, wire.OpDelete, versionBody("/parent/x", -1))
	c.want(wire.OK, wire.OpExists, readBody("/parent", true))
	advance(time.Second)
	c.want(wire.NoNode, wire.OpExists, readBody("/parent", false)) // its time was over long ago
	c.want(wire.OK, wire.OpExists, readBody("/written", false))
	advance(3 * time.Second)
	c.want(wire.NoNode, wire.OpExists, readBody("/written", false))
}

func TestContainersAndNodesWithATimeShowNoOwner(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	d := c.want(wire.OK, wire.OpCreateTTL, ttlBody("/t", 6, 1<<40-1))
	if path := d.String(); path != "/t0000000000" {
		t.Errorf("made %s", path)
	}
	if s := stat(&d); s.EphemeralOwner != 0 {
		t.Errorf("owner %v", s.EphemeralOwner)
	}
	d = c.want(wire.OK, wire.OpCreateContainer, createBody("/c", nil, 4))
	d.Buffer()
	if s := stat(&d); s.EphemeralOwner != 0 {
		t.Errorf("owner %v", s.EphemeralOwner)
	}
	c.want(wire.OK, wire.OpCreate, createBody("/c/x", nil, coord.Ephemeral))
	c.want(wire.OK, wire.OpCreate, createBody("/t0000000000/x", nil, 0))
}

package zkserver_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func TestConnectionsFromOneAddressAreLimited(t *testing.T) {
	srv := start(t, zkserver.Config{MaxConnsPerHost: 1})
	first := connect(t, srv)
	wantRefused(t, srv)
	first.ping()
	_ = first.nc.Close()
	if _, err := srv.WaitLog(t.Context(), 0, func(e zkserver.Entry) bool { return e.Kind == zkserver.Disconnected }); err != nil {
		t.Fatal(err)
	}
	connect(t, srv).ping()
}

func TestSessionsBeyondTheLimitAreTurnedAway(t *testing.T) {
	srv := start(t, zkserver.Config{MaxSessions: 1})
	first, second := connect(t, srv), dial(t, srv)
	if second.greet(greeting{timeout: time.Second}); second.session != 0 {
		t.Error("there is a session too many")
	}
	first.want(wire.OK, wire.OpClose, nil)
	connect(t, srv).ping()
}

func TestAConnectionThatWatchesTooMuchIsClosed(t *testing.T) {
	srv := start(t, zkserver.Config{MaxWatches: 3})
	c, other := connect(t, srv), connect(t, srv)
	for i := range 3 {
		for range 2 {
			c.want(wire.NoNode, wire.OpExists, readBody(fmt.Sprintf("/%d", i), true))
		}
	}
	c.want(wire.NoNode, wire.OpExists, readBody("/unwatched", false))
	c.send(wire.OpExists, readBody("/3", true))
	c.wantClosed()
	other.ping()
}

func TestATreeThatIsFullTakesNothingMoreButLetsGo(t *testing.T) {
	const limit = 64 << 10
	srv := start(t, zkserver.Config{MaxData: limit})
	c := connect(t, srv)
	made := 0
	for ; made < limit/1000; made++ {
		code, _ := c.call(wire.OpCreate, createBody(fmt.Sprintf("/%d", made), make([]byte, 1000), 0))
		if code == wire.QuotaExceeded {
			break
		}
		if code != wire.OK {
			t.Fatalf("code %d", code)
		}
	}
	if made < limit/2000 || made == limit/1000 {
		t.Errorf("%d nodes went in", made)
	}
	big := make([]byte, 5000)
	c.want(wire.QuotaExceeded, wire.OpSetData, setBody("/0", big, -1))
	c.want(wire.QuotaExceeded, wire.OpMulti, multiBody(part(wire.OpSetData, setBody("/0", big, -1))))
	for i := range made {
		c.want(wire.OK, wire.OpDelete, versionBody(fmt.Sprintf("/%d", i), -1))
	}
	c.want(wire.OK, wire.OpCreate, createBody("/0", big, 0))
}

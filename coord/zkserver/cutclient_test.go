package zkserver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// A client that is cut off keeps its session or loses it by how long that takes, whatever it tries meanwhile.
func TestARealClientOutlivesACutThatIsShorterThanItsSession(t *testing.T) {
	for _, cut := range []struct {
		length   time.Duration
		survives bool
	}{{time.Second, true}, {3500 * time.Millisecond, true}, {time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			srv, err := zkserver.New(zkserver.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			conn, events, err := zk.Connect([]string{"127.0.0.1:1"}, 4*time.Second, zk.WithLogger(silent{}), zk.WithDialer(pipeDialer(srv)))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			waitState(t, events, zk.StateHasSession)
			must[string](t)(conn.Create("/e", nil, zk.FlagEphemeral, world))
			id := conn.SessionID()
			srv.Cut(zkserver.Session(id))
			time.Sleep(cut.length)
			srv.Heal()
			// The client may have to wait for its own next attempt.
			time.Sleep(time.Minute)
			there, _, err := conn.Exists("/e")
			if err != nil || there != cut.survives || (conn.SessionID() == id) != cut.survives {
				t.Errorf("after %v: node there %v, same session %v, %v", cut.length, there, conn.SessionID() == id, err)
			}
		})
	}
}

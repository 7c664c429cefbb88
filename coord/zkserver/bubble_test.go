package zkserver_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// pipeDialer makes connections that no socket is behind, which is what virtual time needs.
func pipeDialer(srv *zkserver.Server) zk.Dialer {
	return func(string, string, time.Duration) (net.Conn, error) {
		client, server := net.Pipe()
		if err := srv.ServeConn(server); err != nil {
			return nil, err
		}
		return client, nil
	}
}

func TestARealClientSpendsAnHourOfVirtualTime(t *testing.T) {
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
		time.Sleep(time.Hour)
		if ok, stat, err := conn.Exists("/e"); !ok || err != nil || stat.EphemeralOwner != id {
			t.Errorf("after an hour: %v, %+v, %v", ok, stat, err)
		}
		srv.RefuseFor(10 * time.Second)
		srv.Drop()
		waitState(t, events, zk.StateExpired) // at once: the client drops what is more than six events behind
		waitState(t, events, zk.StateHasSession)
		if ok, _, err := conn.Exists("/e"); ok || err != nil {
			t.Errorf("after ten seconds away: %v, %v", ok, err)
		}
	})
}

func TestCloseInABubbleJoinsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, err := zkserver.New(zkserver.Config{})
		if err != nil {
			t.Fatal(err)
		}
		client, server := net.Pipe()
		if err := srv.ServeConn(server); err != nil {
			t.Fatal(err)
		}
		c := newRaw(t, client)
		c.greet(greeting{timeout: time.Second})
		before := time.Now()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(before); took > time.Second {
			t.Errorf("Close took %v", took)
		}
		if err := srv.ServeConn(server); err != zkserver.ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	})
}

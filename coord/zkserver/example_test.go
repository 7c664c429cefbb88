package zkserver_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
)

// connectTo is what a program under test does.
func connectTo(srv *zkserver.Server) *zk.Conn {
	c, _, err := zk.Connect([]string{srv.Addr()}, 10*time.Second, zk.WithLogInfo(false), zk.WithLogger(silent{}))
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleStart() {
	srv, err := zkserver.Start(zkserver.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	c := connectTo(srv)
	defer c.Close()
	path, err := c.Create("/hello", []byte("world"), 0, zk.WorldACL(zk.PermAll))
	fmt.Println(path, err)
	// Output: /hello <nil>
}

// A client must not make two nodes because it did not hear of the first.
func ExampleServer_Inject() {
	srv, err := zkserver.Start(zkserver.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	c := connectTo(srv)
	defer c.Close()

	lost, err := srv.Inject(zkserver.Fault{Op: "create", Path: "/job-*", Do: zkserver.LoseReply})
	if err != nil {
		panic(err)
	}
	_, err = c.Create("/job-", nil, zk.FlagSequence, zk.WorldACL(zk.PermAll))
	fmt.Println("connection lost:", errors.Is(err, zk.ErrConnectionClosed), "- hits:", lost.Hits())
	jobs, _, err := c.Children("/")
	fmt.Println(len(jobs)-1, "job is there", err)
	// Output:
	// connection lost: true - hits: 1
	// 1 job is there <nil>
}

func ExampleServer_ExpireSession() {
	srv, err := zkserver.Start(zkserver.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	c := connectTo(srv)
	defer c.Close()
	if _, err := c.Create("/mine", nil, zk.FlagEphemeral, zk.WorldACL(zk.PermAll)); err != nil {
		panic(err)
	}
	srv.ExpireSession(coord.SessionID(c.SessionID()))

	other := connectTo(srv)
	defer other.Close()
	there, _, err := other.Exists("/mine")
	fmt.Println(there, err)
	// Output: false <nil>
}

func ExampleServer_Log() {
	srv, err := zkserver.Start(zkserver.Config{})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	c := connectTo(srv)
	defer c.Close()
	_, _, _ = c.Exists("/a")
	_, _, _ = c.Get("/b")
	for _, e := range srv.Log() {
		if e.Kind == zkserver.Requested && e.Op != "ping" {
			fmt.Println(e.Op, e.Path, int(e.Code))
		}
	}
	// Output:
	// exists /a -101
	// getData /b -101
}

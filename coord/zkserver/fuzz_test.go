package zkserver_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// How FuzzConnection makes a stream of the fuzzer's bytes: as they are; behind a good connect request; or cut into well-framed
// requests behind it, of an operation, a length and as many bytes each.
const (
	asTheyAre = iota
	greeted
	framed
	shapes // how many there are
)

// disturbances are what happens to the connection meanwhile; the mode's higher bits choose. None may happen to the bystander.
var disturbances = []func(srv *zkserver.Server, bystander *raw){
	func(*zkserver.Server, *raw) {},
	func(srv *zkserver.Server, _ *raw) {
		_, _ = srv.Inject(zkserver.Fault{Op: "connect", Do: zkserver.LoseReply})
	},
	func(srv *zkserver.Server, _ *raw) { _, _ = srv.Inject(zkserver.Fault{Skip: 1, Do: zkserver.LoseReply}) },
	func(srv *zkserver.Server, _ *raw) {
		_, _ = srv.Inject(zkserver.Fault{Path: "/a*", Do: zkserver.LoseRequest})
	},
	func(srv *zkserver.Server, _ *raw) {
		_, _ = srv.Inject(zkserver.Fault{Times: zkserver.Always, Do: zkserver.Fail, Code: -4})
	},
	func(srv *zkserver.Server, _ *raw) {
		_, _ = srv.Inject(zkserver.Fault{DelayReply: zkserver.UntilRemoved})
	},
	func(srv *zkserver.Server, _ *raw) { _, _ = srv.Inject(zkserver.Fault{Delay: zkserver.UntilRemoved}) },
	func(srv *zkserver.Server, bystander *raw) {
		srv.Cut()
		srv.Heal(zkserver.Session(bystander.session))
	},
}

// FuzzConnection sends an arbitrary stream on a connection. Whatever it is, the server must not panic, must go on serving another
// client, which watches what is done to the tree, and must be able to close.
func FuzzConnection(f *testing.F) {
	request := func(op wire.Op, body []byte) []byte {
		return wire.AppendBuffer(nil, append(wire.AppendInt32(wire.AppendInt32(nil, 1), int32(op)), body...))
	}
	for _, word := range allWords {
		f.Add(byte(asTheyAre), []byte(word))
	}
	f.Add(byte(asTheyAre), wire.AppendBuffer(nil, greeting{timeout: time.Second}.append(nil)))
	f.Add(byte(greeted), request(wire.OpCreate, createBody("/a", []byte("x"), coord.EphemeralSequential)))
	f.Add(byte(greeted), append(request(wire.OpGetChildren2, readBody("/", true)), request(wire.OpClose, nil)...))
	f.Add(byte(greeted), request(wire.OpMulti, multiBody(
		part(wire.OpCreate, createBody("/a", nil, 0)), part(wire.OpDelete, versionBody("/a", -1)))))
	f.Add(byte(greeted), append(request(wire.OpAddWatch, watchBody("/", 1)), request(wire.OpCreateContainer, createBody("/c", nil, 4))...))
	f.Add(byte(greeted), append(request(wire.OpCreateTTL, ttlBody("/t", 5, 1)), request(wire.OpRemoveWatches, watchBody("/t", 3))...))
	f.Add(byte(greeted), request(wire.OpMultiRead, multiBody(part(wire.OpGetData, readBody("/", false)))))
	f.Add(byte(greeted), request(wire.OpCreate, createBody("/zookeeper/quota/zookeeper_limits", []byte("count=,;=1"), 0)))
	create, exists := createBody("/a", nil, coord.Ephemeral), readBody("/a", true)
	several := append([]byte{byte(wire.OpExists), byte(len(exists))}, exists...)
	several = append(append(several, byte(wire.OpCreate), byte(len(create))), create...)
	for i := range disturbances {
		f.Add(byte(i*shapes+framed), several)
		f.Add(byte(i*shapes+greeted), request(wire.OpMulti, multiBody(part(wire.OpSetData, setBody("/a", nil, -1)))))
	}
	f.Fuzz(func(t *testing.T, mode byte, stream []byte) {
		srv, err := zkserver.New(zkserver.Config{Zxid: 1})
		if err != nil {
			t.Fatal(err)
		}
		bystander := newRaw(t, pipe(t, srv))
		bystander.greet(greeting{timeout: time.Second})
		bystander.want(wire.OK, wire.OpGetChildren, readBody("/", true))
		disturbances[int(mode/shapes)%len(disturbances)](srv, bystander)
		mode %= shapes
		if mode == framed {
			stream = frame(stream)
		}
		if mode != asTheyAre {
			stream = append(wire.AppendBuffer(nil, greeting{timeout: time.Second}.append(nil)), stream...)
		}
		sendAndDrain(pipe(t, srv), stream)
		bystander.ping()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
}

// frame makes requests of bytes: operation, length, body, operation, ...
func frame(b []byte) []byte {
	var stream []byte
	for xid := int32(1); len(b) >= 2; xid++ {
		op, n := int8(b[0]), min(int(b[1]), len(b)-2)
		packet := wire.AppendInt32(wire.AppendInt32(nil, xid), int32(op))
		stream = wire.AppendBuffer(stream, append(packet, b[2:2+n]...))
		b = b[2+n:]
	}
	return stream
}

func pipe(t *testing.T, srv *zkserver.Server) net.Conn {
	client, server := net.Pipe()
	if err := srv.ServeConn(server); err != nil {
		t.Fatal(err)
	}
	return client
}

// sendAndDrain writes the stream as far as the server takes it, hangs up, and returns when the server has hung up too.
func sendAndDrain(nc net.Conn, stream []byte) {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, nc)
	}()
	// The server may hang up at any byte.
	_, _ = nc.Write(stream)
	_ = nc.Close()
	<-drained
}

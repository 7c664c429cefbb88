package zkserver_test

import (
	"fmt"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// BenchmarkCloseWithAThousandSessions closes a server whose clients have an ephemeral node each, watch one that is written to, and do not
// read what they are told.
func BenchmarkCloseWithAThousandSessions(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		srv := start(b, zkserver.Config{MinTimeout: twinTimeout}) // what is set up takes a while
		clients := make([]*raw, 1000)
		writer := benchClient(b, srv)
		for i := range clients {
			clients[i] = connect(b, srv)
			clients[i].want(wire.OK, wire.OpCreate, createBody(fmt.Sprintf("/e%d", i), nil, coord.Ephemeral))
		}
		for _, c := range clients {
			c.want(wire.OK, wire.OpAddWatch, watchBody("/bench", 0))
		}
		for range 100 {
			writer.want(wire.OK, wire.OpSetData, setBody("/bench", make([]byte, 100), -1))
		}
		b.StartTimer()
		if err := srv.Close(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for _, c := range append(clients, writer) {
			_ = c.nc.Close()
		}
		b.StartTimer()
	}
}

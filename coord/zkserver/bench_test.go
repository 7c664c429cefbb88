package zkserver_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// The benchmarks go over TCP on the loopback interface, with the raw client of these tests.

func BenchmarkStartAndClose(b *testing.B) {
	for b.Loop() {
		srv, err := zkserver.Start(zkserver.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := srv.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoundTrip has one client that waits for each answer.
func BenchmarkRoundTrip(b *testing.B) {
	for name, request := range requests() {
		b.Run(name, func(b *testing.B) {
			c := benchClient(b, start(b, zkserver.Config{}))
			packet := wire.AppendBuffer(nil, request)
			b.ReportAllocs()
			for b.Loop() {
				c.sendBytes(packet)
				c.skip(1)
			}
		})
	}
}

// BenchmarkPipelined has clients that keep a hundred requests under way each.
func BenchmarkPipelined(b *testing.B) {
	for _, clients := range []int{1, 8} {
		for name, request := range requests() {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				srv := start(b, zkserver.Config{})
				benchClient(b, srv)
				b.ReportAllocs()
				b.ResetTimer()
				var all sync.WaitGroup
				for range clients {
					c := connect(b, srv)
					all.Go(func() { c.pipeline(request, b.N/clients+1) })
				}
				all.Wait()
			})
		}
	}
}

func requests() map[string][]byte {
	head := func(op wire.Op) []byte { return wire.AppendInt32(wire.AppendInt32(nil, 1), int32(op)) }
	return map[string][]byte{
		"get": append(head(wire.OpGetData), readBody("/bench", false)...),
		"set": append(head(wire.OpSetData), setBody("/bench", make([]byte, 100), -1)...),
		"renew": append(head(wire.OpMulti), multiBody(part(wire.OpCheck, versionBody("/bench", -1)),
			part(wire.OpCheck, versionBody("/", -1)))...),
	}
}

func benchClient(b *testing.B, srv *zkserver.Server) *raw {
	b.Helper()
	c := connect(b, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/bench", make([]byte, 100), coord.Persistent))
	return c
}

func (c *raw) skip(n int) {
	for range n {
		if _, err := c.in.Next(); err != nil {
			c.t.Error(err)
			return
		}
	}
}

func (c *raw) pipeline(request []byte, n int) {
	const window = 100
	var batch []byte
	for range window {
		batch = wire.AppendBuffer(batch, request)
	}
	for n > 0 {
		if _, err := c.nc.Write(batch); err != nil {
			c.t.Error(err)
			return
		}
		c.skip(window)
		n -= window
	}
}

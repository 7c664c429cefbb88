package zkbackend_test

import (
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord/zkbackend"
)

// BenchmarkGet compares a read through the backend with the same through go-zookeeper alone, on the embedded server.
func BenchmarkGet(b *testing.B) {
	server := startEmbedded(b)
	b.Run("zkbackend", func(b *testing.B) {
		s := mustOpen(b, newBackend(b, zkbackend.Config{Servers: []string{server.Addr()}}))
		defer mustClose(b, s)
		for b.Loop() {
			if _, _, _, err := s.Get(b.Context(), "/", false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-zookeeper", func(b *testing.B) {
		conn, _, err := zk.Connect([]string{server.Addr()}, 10*time.Second, zk.WithLogInfo(false))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		for b.Loop() {
			if _, _, err := conn.Get("/"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

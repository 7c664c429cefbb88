package proptest

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/ha"
)

// benchHour is how much virtual time an iteration takes.
const benchHour = time.Hour

// BenchmarkAnHourOfTheShell runs an election of three, renewals and all, for an hour of virtual time.
func BenchmarkAnHourOfTheShell(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		perHour(b, func() (client func() coord.Backend, stop func()) {
			service, err := membackend.New(membackend.Config{SessionTimeout: timeout})
			if err != nil {
				b.Fatal(err)
			}
			return func() coord.Backend { return service.Client("") }, service.Close
		})
	})
	b.Run("go-zookeeper", func(b *testing.B) {
		perHour(b, func() (client func() coord.Backend, stop func()) {
			server, err := zkserver.New(zkserver.Config{})
			if err != nil {
				b.Fatal(err)
			}
			return func() coord.Backend {
				w := &wires{server: server}
				backend, err := zkbackend.New(zkbackend.Config{Servers: []string{"pipe:1"}, SessionTimeout: timeout, Dial: w.dial})
				if err != nil {
					b.Fatal(err)
				}
				return backend
			}, func() { _ = server.Close() }
		})
	})
}

// perHour has a bubble for each hour, and reports how many times faster than real time it goes by.
func perHour(b *testing.B, open func() (client func() coord.Backend, stop func())) {
	for b.Loop() {
		synctest.Test(&testing.T{}, func(*testing.T) { // a bubble needs some T; failures go to b
			client, stop := open()
			defer stop()
			ctx, leave := context.WithCancel(context.Background())
			var all sync.WaitGroup
			for _, id := range []string{"a", "b", "c"} {
				all.Go(func() {
					if err := ha.Run(ctx, client(), ha.Config{Path: path, ID: id}, idle); err != nil {
						b.Errorf("%s: %v", id, err)
					}
				})
			}
			time.Sleep(benchHour)
			leave()
			all.Wait()
		})
	}
	b.ReportMetric(benchHour.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "x-real-time")
}

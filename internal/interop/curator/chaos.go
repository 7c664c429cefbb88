package main

import (
	"context"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// Curator has a class, ChaosMonkeyCnxnFactory, that one class of its tests (TestLeaderSelectorEdges) puts into the Java server: the first
// create below a node takes effect, but its reply is lost, and for some time after that so is every request. These are what it names.
const (
	chaosPath = "/mylock/*"
	lockout   = 6 * time.Second
)

// startChaos makes the same happen to our server. What it returns ends it, and waits until it has ended.
func startChaos(server *zkserver.Server) (end func(), err error) {
	first, err := server.Inject(zkserver.Fault{Op: "create", Path: chaosPath, Do: zkserver.LoseReply})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if first.Wait(ctx) != nil {
			return
		}
		// It fits the limits, as the first one has.
		all, err := server.Inject(zkserver.Fault{Times: zkserver.Always, Do: zkserver.LoseRequest})
		if err != nil {
			return
		}
		defer all.Remove()
		select {
		case <-ctx.Done():
		case <-time.After(lockout):
		}
	})
	return func() {
		cancel()
		running.Wait()
	}, nil
}

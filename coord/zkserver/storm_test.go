package zkserver_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// Clients come, write, watch and go in every way while connections are dropped, sessions expired and the server refuses, stops and starts.
// At the end there must be nothing but what sessions that still live have left, and Close must find everything.
func TestStormOfClientsAndFaultsLeavesNoGhosts(t *testing.T) {
	srv := start(t, zkserver.Config{MaxPending: 64 << 10})
	const clients, lives = 8, 40
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range lives {
				live(srv, r)
			}
		})
	}
	over := make(chan struct{})
	var faults sync.WaitGroup
	faults.Go(func() { disturb(srv, over) })
	all.Wait()
	close(over)
	faults.Wait()

	// Connections are accepted in the order in which they were made: whoever has come before this client cannot come later.
	connect(t, srv)
	srv.Reset()
	expireAll(srv)
	c := connect(t, srv)
	d := c.want(wire.OK, wire.OpGetChildren, readBody("/", false))
	if names := d.Strings(); len(names) != 1 {
		t.Errorf("nodes are left: %q", names)
	}
}

// live is one connection's life, which any fault may cut short: some requests at once, some answers read, and an end of some kind.
func live(srv *zkserver.Server, r *rand.Rand) {
	nc, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		return
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(patience))
	b := wire.AppendBuffer(nil, greeting{timeout: time.Hour}.append(nil))
	add := func(op wire.Op, body []byte) {
		b = wire.AppendBuffer(b, append(wire.AppendInt32(wire.AppendInt32(nil, 1), int32(op)), body...))
	}
	n := 1 + r.IntN(30)
	for i := range n {
		switch i % 3 {
		case 0:
			add(wire.OpCreate, createBody(fmt.Sprintf("/%d", r.IntN(50)), make([]byte, r.IntN(2000)), coord.Ephemeral))
		case 1:
			add(wire.OpGetChildren, readBody("/", true))
		case 2:
			add(wire.OpGetData, readBody(fmt.Sprintf("/%d", r.IntN(50)), true))
		}
	}
	if r.IntN(2) == 0 {
		add(wire.OpClose, nil)
	}
	if _, err := nc.Write(b); err != nil {
		return
	}
	in := wire.NewReader(nc, 1<<20)
	for range r.IntN(n + 1) {
		if _, err := in.Next(); err != nil {
			return
		}
	}
}

// disturb makes every kind of fault happen, one after the other, until over is closed; then none.
func disturb(srv *zkserver.Server, over <-chan struct{}) {
	faults := []func(){
		func() { srv.Drop() },
		func() { expireAll(srv) },
		func() { srv.Refuse(true) },
		func() { srv.Refuse(false) },
		func() { srv.Cut() },
		func() { srv.Heal() },
		func() { srv.Reset() },
		func() { srv.Restart(true) },
		func() { srv.Advance(time.Second) },
		func() {
			_, _ = srv.Inject(zkserver.Fault{Delay: time.Millisecond, DelayReply: time.Millisecond, Do: zkserver.LoseReply})
		},
		func() { _, _ = srv.Inject(zkserver.Fault{Op: "connect", DelayReply: zkserver.UntilRemoved}) },
		func() { removeAll(srv) },
		func() {
			for _, id := range srv.Sessions() {
				srv.MoveSession(id)
				srv.Cut(zkserver.Session(id))
			}
		},
		func() { srv.Heal() },
		func() { srv.Restart(false) },
		func() { srv.Stop() },
		func() { srv.Advance(time.Second) },
		func() { srv.Restart(true) },
	}
	pause := time.NewTicker(3 * time.Millisecond)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-over:
			srv.Restart(true)
			srv.Refuse(false)
			srv.Heal()
			removeAll(srv)
			return
		case <-pause.C:
			faults[i%len(faults)]()
		}
	}
}

func expireAll(srv *zkserver.Server) {
	for _, id := range srv.Sessions() {
		srv.ExpireSession(id)
	}
}

func removeAll(srv *zkserver.Server) {
	for _, f := range srv.Faults() {
		f.Remove()
	}
}

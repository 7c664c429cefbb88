package membackend_test

import (
	"context"
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

// A client is cut off for longer than its session lives. The clock is moved by hand, so nothing takes any time.
func Example() {
	hands := clock.NewManual(0)
	service, err := membackend.New(membackend.Config{Clock: hands, SessionTimeout: 10 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer service.Close()
	ctx := context.Background()
	link := service.Client("a")
	session, err := link.Open(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	path, err := session.Create(ctx, "/a-", nil, coord.EphemeralSequential)
	fmt.Println(path, err)

	link.Cut(membackend.Both)
	hands.Advance(7 * time.Second)
	state, _ := session.State()
	fmt.Println(state)
	hands.Advance(5 * time.Second)
	link.Heal()
	state, _ = session.State()
	fmt.Println(state)
	// Output:
	// /a-0000000000 <nil>
	// suspended
	// expired
}

package ha_test

import (
	"context"
	"fmt"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha"
)

// The in-memory service stands for any backend: with zkbackend.New in its place the same program runs on an ensemble.
func ExampleRun() {
	service, err := membackend.New(membackend.Config{})
	if err != nil {
		panic(err)
	}
	defer service.Close()

	ctx, leave := context.WithCancel(context.Background())
	cfg := ha.Config{Path: "/shop/master", ID: "host-1"}
	err = ha.Run(ctx, service.Client("host-1"), cfg, func(ctx context.Context, term *ha.Term) error {
		fmt.Println("term", term.Number(), "valid:", term.Valid())
		leave()      // as a signal handler would
		<-ctx.Done() // a role returns soon after this
		fmt.Println("stopping:", context.Cause(ctx).(*ha.EndedError).Reason)
		return nil
	})
	fmt.Println("left:", err)
	// Output:
	// term 1 valid: true
	// stopping: leaving
	// left: <nil>
}

// A write that must not happen after the mastership has passed on goes through the term.
func ExampleTerm_Multi() {
	service, err := membackend.New(membackend.Config{})
	if err != nil {
		panic(err)
	}
	defer service.Close()

	ctx, leave := context.WithCancel(context.Background())
	cfg := ha.Config{Path: "/shop/master", ID: "host-1"}
	err = ha.Run(ctx, service.Client("host-1"), cfg, func(ctx context.Context, term *ha.Term) error {
		defer leave()
		results, err := term.Multi(ctx, coord.CreateOp("/shop/scheduler", []byte("host-1:9000"), coord.Ephemeral))
		if err != nil {
			return err // ha.ErrNotMaster, if another has taken over
		}
		fmt.Println("registered", results[0].Path)
		return nil
	})
	fmt.Println("left:", err)
	// Output:
	// registered /shop/scheduler
	// left: <nil>
}

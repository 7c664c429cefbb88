package proptest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha"
)

func TestRunWaitsForTheOverrunHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, err := membackend.New(membackend.Config{SessionTimeout: timeout})
		if err != nil {
			t.Fatal(err)
		}
		defer service.Close()
		link := service.Client("a")
		ctx, leave := context.WithCancel(context.Background())
		defer leave()
		called, returned := false, make(chan struct{})
		hook := func(ha.Event) {
			called = true
			defer close(returned)
			time.Sleep(time.Hour)
		}
		role := func(ctx context.Context, _ *ha.Term) error {
			link.Cut(membackend.Both)
			<-ctx.Done()
			time.Sleep(timeout) // far beyond the grace
			leave()
			return nil
		}
		err = ha.Run(ctx, link, ha.Config{Path: path, ID: "a", OnOverrun: hook}, role)
		if err != nil && !errors.Is(err, ha.ErrNotClean) {
			t.Error(err)
		}
		if !called {
			t.Fatal("the hook was not called")
		}
		select {
		case <-returned:
		default:
			t.Error("Run returned while the hook was being called")
			<-returned
		}
	})
}

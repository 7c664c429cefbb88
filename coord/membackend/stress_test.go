package membackend_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

// In real time and for the race detector: everything at once, and then everything closed by several.
func TestEverythingMayHappenAtOnce(t *testing.T) {
	service := newService(t, membackend.Config{SessionTimeout: 30 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for i := range 4 {
		link := service.Client("")
		s, err := link.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for j := range 3 {
			all.Go(func() { callAtRandom(ctx, t, s, rand.New(rand.NewPCG(uint64(i), uint64(j)))) })
		}
		all.Go(func() { disturbAtRandom(service, link, s, rand.New(rand.NewPCG(uint64(i), 9))) })
	}
	all.Wait()
}

// Whoever is the first to be done closes the session that others still use.
var expected = []error{coord.ErrConnectionLoss, coord.ErrSessionExpired, coord.ErrClosed, context.DeadlineExceeded}

func callAtRandom(ctx context.Context, t *testing.T, s coord.Session, rng *rand.Rand) {
	for range 300 {
		var err error
		switch rng.IntN(6) {
		case 0:
			_, err = s.Create(ctx, "/n-", nil, coord.EphemeralSequential)
		case 1:
			_, _, _, err = s.Children(ctx, "/", true)
		case 2:
			_, err = s.Set(ctx, "/", nil, coord.AnyVersion)
		case 3:
			_, _, _, err = s.Get(ctx, "/", true)
		case 4:
			brief, cancel := context.WithTimeout(ctx, time.Millisecond)
			_, err = s.Multi(brief, coord.CheckOp("/", coord.AnyVersion))
			cancel()
		case 5:
			s.AliveUntil()
			s.Reconnect()
		}
		if err != nil && !slices.ContainsFunc(expected, func(e error) bool { return errors.Is(err, e) }) {
			t.Errorf("unexpected: %v", err)
		}
	}
	if err := s.Close(ctx); err != nil && !errors.Is(err, coord.ErrConnectionLoss) {
		t.Errorf("close: %v", err)
	}
}

func disturbAtRandom(service *membackend.Service, link *membackend.Client, s coord.Session, rng *rand.Rand) {
	for range 200 {
		switch rng.IntN(8) {
		case 0:
			link.Cut(membackend.Direction(1 + rng.IntN(3)))
		case 1:
			link.Reset()
		case 2:
			link.LoseNextReply()
		case 3:
			link.LoseNextRequest()
		case 4:
			link.Delay(membackend.Both, time.Duration(rng.IntN(1000))*time.Microsecond)
		case 5:
			service.Down()
			service.Up()
		case 6:
			if rng.IntN(20) == 0 {
				service.Expire(s.ID())
			}
		}
		link.Heal()
	}
}

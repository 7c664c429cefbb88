package ha

import (
	"context"
	"testing"

	"github.com/hamaster/hamaster/coord/membackend"
)

// benchTerm calls f with a standing term, in real time.
func benchTerm(b *testing.B, f func(*Term)) {
	b.Helper()
	service, err := membackend.New(membackend.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer service.Close()
	ctx, cancel := context.WithCancel(context.Background())
	err = Run(ctx, service.Client("a"), Config{Path: "/e", ID: "a"}, func(_ context.Context, term *Term) error {
		defer cancel()
		b.ReportAllocs()
		b.ResetTimer()
		f(term)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkTakeTurns measures a whole life on the fake: open, register, be elected, leave.
func BenchmarkTakeTurns(b *testing.B) {
	service, err := membackend.New(membackend.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer service.Close()
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(context.Background())
		err := Run(ctx, service.Client("a"), Config{Path: "/e", ID: "a"}, func(context.Context, *Term) error {
			cancel()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValid(b *testing.B) {
	benchTerm(b, func(term *Term) {
		for b.Loop() {
			if !term.Valid() {
				b.Fatal("not valid")
			}
		}
	})
}

package main

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// nextWork waits for the work node's next change, and returns what it holds then.
func nextWork(t *testing.T, s coord.Session, path string) piece {
	t.Helper()
	_, watch, err := s.Exists(t.Context(), path, true)
	if watch == nil {
		t.Fatal(err)
	}
	select {
	case <-watch.Done():
	case <-time.After(patience):
		t.Fatalf("in vain waited for work at %s", path)
	}
	p, _, err := readWork(t.Context(), s, path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readWork(ctx context.Context, s coord.Session, path string) (p piece, watch *coord.Watch, err error) {
	data, _, watch, err := s.Get(ctx, path, true)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	return p, watch, err
}

// watchWork waits until the work node shows work under the token, or a later one, and then follows it. The function it returns ends that, and
// returns what was seen, the last of it read after the call.
func watchWork(t *testing.T, s coord.Session, path string, token coord.Zxid) (seen func() []piece) {
	t.Helper()
	for nextWork(t, s, path).Token < token {
	}
	var pieces []piece
	var following sync.WaitGroup
	end := make(chan struct{})
	following.Go(func() {
		for last := false; !last; {
			p, watch, err := readWork(t.Context(), s, path)
			if err != nil {
				t.Error(err)
				return
			}
			pieces = append(pieces, p)
			select {
			case <-watch.Done():
			case <-end:
				last = true
			}
		}
	})
	stop := sync.OnceFunc(func() {
		close(end)
		following.Wait()
	})
	t.Cleanup(stop)
	return func() []piece {
		stop()
		p, _, err := readWork(t.Context(), s, path)
		if err != nil {
			t.Error(err)
		}
		return append(pieces, p)
	}
}

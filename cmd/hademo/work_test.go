package main

import (
	"encoding/json"
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
	data, _, _, err := s.Get(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	var p piece
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

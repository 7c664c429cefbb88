package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestInterruptedDemonstrationStopsItsChildren(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	path := "/interrupted/" + t.Name()
	p := start(t, "--zk", zk, "--path", path, "--pace", "1h")
	p.awaitLine("charlie stands by")
	if found := commandsWith(t, path); len(found) != 4 {
		t.Errorf("running: %q, want 4 processes", found)
	}
	p.signal(os.Interrupt)
	if status := p.exit(); status != exitInterrupted {
		t.Errorf("status %d, want %d", status, exitInterrupted)
	}
	if got := strings.TrimSpace(p.errors()); got != "hademo: interrupted" {
		t.Errorf("standard error: %q", got)
	}
	if left := commandsWith(t, path); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
	if got := members(t, client(t, zk), path); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestKilledDemonstrationTakesItsChildrenAlong(t *testing.T) {
	t.Parallel()
	path := "/killed/" + t.Name()
	p := start(t, "--zk", embedded(t).Addr(), "--path", path, "--pace", "1h")
	p.awaitLine("charlie stands by")
	p.signal(syscall.SIGKILL)
	p.exit()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	limit := time.After(patience)
	for left := commandsWith(t, path); len(left) > 0; left = commandsWith(t, path) {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatalf("still running: %q", left)
		}
	}
}

// commandsWith are the command lines with that argument of all running processes. A process that has ended has none any more.
func commandsWith(t *testing.T, argument string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte("\x00"+argument+"\x00")) { // an error: it is gone
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

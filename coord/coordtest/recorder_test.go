package coordtest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// recorder is a testing.TB that keeps what it is told, so that the suite's own failures can be looked at.
type recorder struct {
	testing.TB
	mu         sync.Mutex
	complaints []string
	cleanups   []func()
}

func (r *recorder) Helper() {}

func (r *recorder) complain(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, text)
}

func (r *recorder) Errorf(format string, args ...any) { r.complain(fmt.Sprintf(format, args...)) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.complain(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.complaints) > 0
}

func (r *recorder) Logf(string, ...any) {}

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

func (r *recorder) cleanUp() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

// runRecorded runs a check in virtual time, and returns what it complained of.
func runRecorded(t *testing.T, h Harness, c check) []string {
	t.Helper()
	r := &recorder{TB: t}
	synctest.Test(t, func(*testing.T) {
		var body sync.WaitGroup
		// In a goroutine of its own, which a fatal complaint may end.
		body.Go(func() { runCheck(r, h, c) })
		body.Wait()
		r.cleanUp()
	})
	return r.complaints
}

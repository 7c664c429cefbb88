package membackend_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

// timeout is the session timeout in the tests that run in virtual time.
const timeout = 6 * time.Second

// world is a service in a bubble and one session to be disturbed; calm is another's that is not.
type world struct {
	*testing.T
	ctx     context.Context
	service *membackend.Service
	link    *membackend.Client
	session coord.Session
	calm    coord.Session
}

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, cfg membackend.Config, test func(w *world)) {
	t.Helper()
	cfg.SessionTimeout = timeout
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, ctx: t.Context(), service: newService(t, cfg)}
		w.link = w.service.Client("disturbed")
		w.session = w.open(w.link)
		w.calm = w.open(w.service.Client("calm"))
		test(w)
	})
}

func (w *world) open(link *membackend.Client) coord.Session {
	w.Helper()
	s, err := link.Open(w.ctx)
	w.must(err)
	return s
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) create(s coord.Session, path string, mode coord.CreateMode) string {
	w.Helper()
	path, err := s.Create(w.ctx, path, nil, mode)
	w.must(err)
	return path
}

// mustBe checks the session's state, once everything that is going on now has come to rest.
func (w *world) mustBe(want coord.State) {
	w.Helper()
	synctest.Wait()
	if state, _ := w.session.State(); state != want {
		w.Fatalf("the session is %v, want %v", state, want)
	}
}

func (w *world) mustExist(path string, want bool) {
	w.Helper()
	_, _, err := w.calm.Exists(w.ctx, path, false)
	if err != nil && !errors.Is(err, coord.ErrNoNode) {
		w.Fatal(err)
	}
	if (err == nil) != want {
		w.Fatalf("%s exists: %v, want %v", path, err == nil, want)
	}
}

// result is a call under way.
type result chan error

// start makes a call in a goroutine of its own and returns when it is on its way, or over.
func start(call func() error) result {
	done := make(result, 1)
	go func() { done <- call() }()
	synctest.Wait()
	return done
}

// mustEnd checks that the call is over by now, with that error.
func (r result) mustEnd(w *world, want error) {
	w.Helper()
	synctest.Wait()
	select {
	case err := <-r:
		if !errors.Is(err, want) {
			w.Fatalf("the call ended with %v, want %v", err, want)
		}
	default:
		w.Fatal("the call has not ended")
	}
}

func (r result) mustWait(w *world) {
	w.Helper()
	synctest.Wait()
	if len(r) > 0 {
		w.Fatalf("the call has ended: %v", <-r)
	}
}

func fired(watch *coord.Watch) bool {
	_, yes := watch.Event()
	return yes
}

package coordtest

import (
	"cmp"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// env is the world of one check: a service, a node of its own on it, and a session that no fault strikes.
type env struct {
	testing.TB
	harness  Harness
	service  Service
	needs    []Capability
	patience time.Duration

	calm *session // of a client of its own, which is never disturbed
	root string   // everything that the check makes is below
}

func newEnv(t testing.TB, h Harness, needs []Capability) *env {
	t.Helper()
	e := &env{TB: t, harness: h, needs: needs, patience: cmp.Or(h.Patience, 30*time.Second)}
	e.service = h.New(t)
	e.calm = e.open()
	e.root = e.calm.create("/coordtest-", nil, coord.PersistentSequential)
	t.Cleanup(func() { e.removeAll(e.root) })
	return e
}

// path returns the path of a node below the check's own. No name gives the check's own.
func (e *env) path(names ...string) string {
	path := e.root
	for _, name := range names {
		path = coord.JoinPath(path, name)
	}
	return path
}

// node makes a persistent node below the check's own, and returns its path.
func (e *env) node(names ...string) string {
	e.Helper()
	return e.calm.create(e.path(names...), []byte("data"), coord.Persistent)
}

// now is the clock of AliveUntil.
func (e *env) now() coord.Instant {
	if e.harness.Now != nil {
		return e.harness.Now()
	}
	return clock.Now()
}

// context lasts as long as anything is waited for, and goes with the check.
func (e *env) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), e.patience)
	e.Cleanup(cancel)
	return ctx
}

// client returns a client that can do what the check needs.
func (e *env) client() Client {
	e.Helper()
	c := e.service.NewClient(e.TB)
	for _, need := range e.needs {
		if !c.has(need) {
			e.Fatalf("the harness does not name %q under Lacks, and yet its client cannot do it", need)
		}
	}
	return c
}

// open opens a session of a new client. It is closed at the end.
func (e *env) open() *session {
	e.Helper()
	return e.openOn(e.client())
}

func (e *env) openOn(link Client) *session {
	e.Helper()
	s, err := link.Backend.Open(e.context())
	if err != nil {
		e.Fatalf("Open must give a session while the service is well; got %v", err)
	}
	e.Cleanup(func() {
		if link.Heal != nil {
			link.Heal()
		}
		ctx, cancel := context.WithTimeout(context.Background(), e.patience)
		defer cancel()
		// Whether Close succeeds is for the checks that are about it; here it only tidies up.
		_ = s.Close(ctx)
	})
	return &session{Session: s, env: e, link: link}
}

// settle waits until every server shows what was written before.
func (e *env) settle() {
	if e.service.Settle != nil {
		e.service.Settle(e.TB)
	}
}

// removeAll removes a node and all below it, as far as it can: on a shared service nothing should pile up.
func (e *env) removeAll(path string) {
	ctx, cancel := context.WithTimeout(context.Background(), e.patience)
	defer cancel()
	// Where the children may not be read, the node may still be removable.
	names, _, _, _ := e.calm.Children(ctx, path, false)
	for _, name := range names {
		e.removeAll(coord.JoinPath(path, name))
	}
	if err := e.calm.Delete(ctx, path, coord.AnyVersion); err != nil && !errors.Is(err, coord.ErrNoNode) {
		e.Logf("left behind: %v", err)
	}
}

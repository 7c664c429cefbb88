package coordtest

import (
	"context"
	"errors"

	"github.com/hamaster/hamaster/coord"
)

// watchKind is one of the reads that can arm a watch.
type watchKind struct {
	name    string
	missing bool // the watched node is not there
	read    func(ctx context.Context, s coord.Session, path string, watch bool) (*coord.Watch, error)
	disturb func(e *env, path string) coord.Event // makes a change that ends the watch, and says with what event
}

var (
	existsPresent = watchKind{"exists", false, readExists, disturbData}
	getKind       = watchKind{"get", false, readGet, disturbData}
	childrenKind  = watchKind{"children", false, readChildren, disturbChildren}
	existsMissing = watchKind{"exists of a missing node", true, readExists, disturbMissing}

	watchKinds = []watchKind{existsPresent, getKind, childrenKind, existsMissing}
)

func readExists(ctx context.Context, s coord.Session, path string, watch bool) (*coord.Watch, error) {
	_, w, err := s.Exists(ctx, path, watch)
	return w, err
}

func readGet(ctx context.Context, s coord.Session, path string, watch bool) (*coord.Watch, error) {
	_, _, w, err := s.Get(ctx, path, watch)
	return w, err
}

func readChildren(ctx context.Context, s coord.Session, path string, watch bool) (*coord.Watch, error) {
	_, _, w, err := s.Children(ctx, path, watch)
	return w, err
}

func disturbData(e *env, path string) coord.Event {
	e.calm.set(path, []byte("disturbed"))
	return coord.Event{Type: coord.DataChanged, Path: path}
}

func disturbChildren(e *env, path string) coord.Event {
	e.calm.create(coord.JoinPath(path, "child-"), nil, coord.PersistentSequential)
	return coord.Event{Type: coord.ChildrenChanged, Path: path}
}

func disturbMissing(e *env, path string) coord.Event {
	e.calm.create(path, nil, coord.Persistent)
	return coord.Event{Type: coord.NodeCreated, Path: path}
}

// arm reads with a watch. The node is as the kind says, or the check ends.
func (s *session) arm(kind watchKind, path string) *coord.Watch {
	s.env.Helper()
	w, err := kind.read(s.env.context(), s, path, true)
	if kind.missing && !errors.Is(err, coord.ErrNoNode) || !kind.missing && err != nil {
		s.env.Fatalf("%s %s: must answer; got %v", kind.name, path, err)
	}
	if w == nil {
		s.env.Fatalf("%s %s: with a watch asked for, one must be armed; got none (and the error %v)", kind.name, path, err)
	}
	return w
}

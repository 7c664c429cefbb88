package coordtest

import (
	"context"
	"errors"

	"github.com/hamaster/hamaster/coord"
)

// sentinels are all that an error may match. Of those, an error matches one.
var sentinels = []error{
	coord.ErrNoNode, coord.ErrNodeExists, coord.ErrNotEmpty, coord.ErrBadVersion, coord.ErrNoChildrenForEphemerals,
	coord.ErrNoAuth, coord.ErrInvalidACL,
	coord.ErrSessionExpired, coord.ErrClosed, coord.ErrConnectionLoss, coord.ErrInvalid,
	context.Canceled, context.DeadlineExceeded,
}

// mustRefuse checks that an error is a *coord.Error of that operation and path, and matches the wanted sentinels and no other.
func (e *env) mustRefuse(err error, op, path string, want ...error) *coord.Error {
	e.Helper()
	e.mustMatch(op+" "+path, err, want...)
	return e.mustName(err, op, path)
}

// mustMatch checks that an error matches the wanted sentinels and no other.
func (e *env) mustMatch(what string, err error, want ...error) {
	e.Helper()
	if err == nil {
		e.Errorf("%s: must fail with %q; it succeeded", what, want)
		return
	}
	for _, s := range sentinels {
		wanted := false
		for _, w := range want {
			wanted = wanted || w == s
		}
		if errors.Is(err, s) != wanted {
			e.Errorf("%s: must match %q and nothing else; got %q (matches %q: %v)", what, want, err, s, !wanted)
		}
	}
}

// mustName checks that an error names operation and path.
func (e *env) mustName(err error, op, path string) *coord.Error {
	e.Helper()
	var named *coord.Error
	if !errors.As(err, &named) {
		e.Errorf("%s %s: every error must be a *coord.Error; got %T: %v", op, path, err, err)
		return &coord.Error{}
	}
	if named.Op != op || named.Path != path {
		e.Errorf("the error must name %q and %q; it names %q and %q: %v", op, path, named.Op, named.Path, err)
	}
	return named
}

// mustEnd is mustRefuse for a call that the session ended, or its context, and not one of its operations: then a transaction has
// no path that it must name.
func (e *env) mustEnd(c call, path string, err error, want ...error) {
	e.Helper()
	if c.op != "multi" {
		e.mustRefuse(err, c.op, path, want...)
		return
	}
	e.mustMatch(c.op+" "+path, err, want...)
	if named := (*coord.Error)(nil); !errors.As(err, &named) || named.Op != c.op {
		e.Errorf("%s %s: every error must be a *coord.Error with its Op; got %T: %v", c.op, path, err, err)
	}
}

// call is one way to ask something of a session about a path.
type call struct {
	op    string
	write bool
	do    func(ctx context.Context, s coord.Session, path string) error
}

// calls are all calls that name a path. Those that write would succeed on a node without children, or create one.
var calls = []call{
	{"create", true, func(ctx context.Context, s coord.Session, path string) error {
		_, err := s.Create(ctx, path, nil, coord.Persistent)
		return err
	}},
	{"exists", false, func(ctx context.Context, s coord.Session, path string) error {
		_, _, err := s.Exists(ctx, path, true)
		return err
	}},
	{"get", false, func(ctx context.Context, s coord.Session, path string) error {
		_, _, _, err := s.Get(ctx, path, true)
		return err
	}},
	{"children", false, func(ctx context.Context, s coord.Session, path string) error {
		_, _, _, err := s.Children(ctx, path, true)
		return err
	}},
	{"set", true, func(ctx context.Context, s coord.Session, path string) error {
		_, err := s.Set(ctx, path, []byte("set"), coord.AnyVersion)
		return err
	}},
	{"delete", true, func(ctx context.Context, s coord.Session, path string) error {
		return s.Delete(ctx, path, coord.AnyVersion)
	}},
	{"multi", true, func(ctx context.Context, s coord.Session, path string) error {
		_, err := s.Multi(ctx, coord.SetOp(path, []byte("multi"), coord.AnyVersion))
		return err
	}},
	{"sync", false, func(ctx context.Context, s coord.Session, path string) error {
		return s.Sync(ctx, path)
	}},
}

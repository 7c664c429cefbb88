package membackend

import (
	"bytes"
	"context"
	"errors"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// Exists is as in [coord.Session].
func (s *Session) Exists(ctx context.Context, path string, watch bool) (stat coord.Stat, w *coord.Watch, err error) {
	var found coord.Stat
	w, err = s.read(ctx, "exists", path, watch, ztree.DataWatch, func() (err error) {
		found, err = s.service.tree.Exists(path)
		return err
	})
	if err != nil {
		return coord.Stat{}, w, err
	}
	return found, w, nil
}

// Get is as in [coord.Session].
func (s *Session) Get(ctx context.Context, path string, watch bool) ([]byte, coord.Stat, *coord.Watch, error) {
	var data []byte
	var stat coord.Stat
	w, err := s.read(ctx, "get", path, watch, ztree.DataWatch, func() (err error) {
		data, stat, err = s.service.tree.Get(path, s.service.txn.Auth)
		return err
	})
	if err != nil {
		return nil, coord.Stat{}, nil, err
	}
	return bytes.Clone(data), stat, w, nil
}

// Children is as in [coord.Session].
func (s *Session) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	var names []string
	var stat coord.Stat
	w, err := s.read(ctx, "children", path, watch, ztree.ChildWatch, func() (err error) {
		names, stat, err = s.service.tree.Children(nil, path, s.service.txn.Auth)
		return err
	})
	if err != nil {
		return nil, coord.Stat{}, nil, err
	}
	return names, stat, w, nil
}

// read makes one of the three reads. Only Exists arms a watch on a node that is not there.
func (s *Session) read(ctx context.Context, op, path string, watch bool, kind ztree.Kind, look func() error) (*coord.Watch, error) {
	if err := coord.ValidatePath(path); err != nil {
		return nil, fail(op, path, err)
	}
	armsMissing := op == "exists"
	k := newCall(func(c *conn) error {
		err := look()
		if watch && (err == nil || armsMissing && errors.Is(err, coord.ErrNoNode)) {
			s.service.watches.Arm(c.id, path, kind)
		}
		return err
	})
	if watch {
		k.watch = &watching{path: path, kind: kind, armsMissing: armsMissing}
	}
	err := s.do(ctx, k)
	switch {
	case err == nil:
		return k.armed, nil
	case errors.Is(err, coord.ErrNoNode):
		return k.armed, fail(op, path, err)
	}
	return nil, fail(op, path, err)
}

package membackend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func fail(op, path string, err error) error { return &coord.Error{Op: op, Path: path, Err: err} }

// checkData refuses what ZooKeeper's limit for a request would.
func checkData(data []byte) error {
	if len(data) > coord.MaxData {
		return fmt.Errorf("%w: %d bytes of data, of at most %d", coord.ErrInvalid, len(data), coord.MaxData)
	}
	return nil
}

// Create is as in [coord.Session].
func (s *Session) Create(ctx context.Context, path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) (string, error) {
	if err := errors.Join(coord.ValidateCreatePath(path, mode), checkData(data)); err != nil {
		return "", fail("create", path, err)
	}
	// Copied first: given up, the call may still be carried out when the caller uses the slices for something else.
	op := coord.CreateOp(path, bytes.Clone(data), mode, cloneACL(acl)...)
	var made string
	err := s.do(ctx, newCall(func(c *conn) error {
		return s.service.write(c.speaksFor, func(x *ztree.Txn) (err error) {
			made, _, err = s.service.tree.Create(x, op.Path, op.Data, op.Mode, op.ACL)
			return err
		})
	}))
	if err != nil {
		return "", fail("create", path, err)
	}
	return made, nil
}

func cloneACL(acl []coord.ACL) []coord.ACL {
	if len(acl) == 0 {
		return nil
	}
	return slices.Clone(acl)
}

// Set is as in [coord.Session].
func (s *Session) Set(ctx context.Context, path string, data []byte, version int32) (coord.Stat, error) {
	if err := errors.Join(coord.ValidatePath(path), checkData(data)); err != nil {
		return coord.Stat{}, fail("set", path, err)
	}
	data = bytes.Clone(data)
	var stat coord.Stat
	err := s.do(ctx, newCall(func(c *conn) error {
		return s.service.write(c.speaksFor, func(x *ztree.Txn) (err error) {
			stat, err = s.service.tree.Set(x, path, data, version)
			return err
		})
	}))
	if err != nil {
		return coord.Stat{}, fail("set", path, err)
	}
	return stat, nil
}

// Delete is as in [coord.Session].
func (s *Session) Delete(ctx context.Context, path string, version int32) error {
	if err := coord.ValidatePath(path); err != nil {
		return fail("delete", path, err)
	}
	err := s.do(ctx, newCall(func(c *conn) error {
		return s.service.write(c.speaksFor, func(x *ztree.Txn) error { return s.service.tree.Delete(x, path, version) })
	}))
	if err != nil {
		return fail("delete", path, err)
	}
	return nil
}

// Multi is as in [coord.Session].
func (s *Session) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	if i, err := checkOps(ops); err != nil {
		return nil, &coord.Error{Op: "multi", Path: ops[i].Path, Index: i, Err: err}
	}
	ops = slices.Clone(ops)
	for i := range ops {
		ops[i].Data, ops[i].ACL = bytes.Clone(ops[i].Data), cloneACL(ops[i].ACL)
	}
	var results []coord.Result
	var refused int
	err := s.do(ctx, newCall(func(c *conn) error {
		return s.service.write(c.speaksFor, func(x *ztree.Txn) (err error) {
			results, refused, err = s.service.tree.Multi(x, ops)
			return err
		})
	}))
	switch {
	case err == nil:
		// The tree tells more of a created node than the contract does.
		for i := range results {
			if ops[i].Type == coord.OpCreate {
				results[i].Stat = coord.Stat{}
			}
		}
		return results, nil
	case len(ops) == 0 || !isRefusal(err):
		return nil, &coord.Error{Op: "multi", Err: err}
	}
	return nil, &coord.Error{Op: "multi", Path: ops[refused].Path, Index: refused, Err: err}
}

// isRefusal reports whether the service has refused an operation. Otherwise what it found must not be looked at: it may yet come.
func isRefusal(err error) bool {
	for _, other := range []error{
		coord.ErrConnectionLoss, coord.ErrSessionExpired, coord.ErrClosed, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

// checkOps returns the first operation that can never be right.
func checkOps(ops []coord.Op) (int, error) {
	size := 0
	for i, op := range ops {
		var err error
		switch op.Type {
		case coord.OpCreate:
			err = coord.ValidateCreatePath(op.Path, op.Mode)
		case coord.OpSet, coord.OpDelete, coord.OpCheck:
			err = coord.ValidatePath(op.Path)
		default:
			err = fmt.Errorf("%w: unknown operation %v", coord.ErrInvalid, op.Type)
		}
		// The limit is for the whole request.
		if size += len(op.Data); err == nil && size > coord.MaxData {
			err = fmt.Errorf("%w: %d bytes of data and more, of at most %d", coord.ErrInvalid, size, coord.MaxData)
		}
		if err != nil {
			return i, err
		}
	}
	return 0, nil
}

// Sync is as in [coord.Session]. As there are no followers, it does nothing but wait its turn.
func (s *Session) Sync(ctx context.Context, path string) error {
	if err := coord.ValidatePath(path); err != nil {
		return fail("sync", path, err)
	}
	if err := s.do(ctx, newCall(func(*conn) error { return nil })); err != nil {
		return fail("sync", path, err)
	}
	return nil
}

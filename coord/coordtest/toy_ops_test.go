package coordtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

func (s *toySession) invalid(c toyCall, err error) error {
	if err == nil || s.toy.is(argumentsAreNotLookedAt) {
		return nil
	}
	return c.fail(err)
}

func validData(data []byte) error {
	if len(data) > coord.MaxData {
		return coord.ErrInvalid
	}
	return nil
}

func (t *toy) validOp(op coord.Op) error {
	switch {
	case op.Type == coord.OpCreate && t.is(everyModeMayEndInASlash):
		return coord.ValidateCreatePath(op.Path, coord.PersistentSequential)
	case op.Type == coord.OpCreate:
		if err := coord.ValidateCreatePath(op.Path, op.Mode); err != nil {
			return err
		}
		if len(op.ACL) > 0 && (op.ACL[0].Scheme != "world" || op.ACL[0].ID != "anyone") && !t.is(aclIsIgnored) {
			return coord.ErrInvalidACL
		}
		return validData(op.Data)
	case op.Type == 0 || op.Type > coord.OpCheck:
		return coord.ErrInvalid
	}
	if err := coord.ValidatePath(op.Path); err != nil {
		return err
	}
	return validData(op.Data)
}

// keep copies what the caller may use for something else when its call has returned.
func (t *toy) keep(ops []coord.Op) []coord.Op {
	kept := slices.Clone(ops)
	for i := range kept {
		if !t.is(dataIsShared) {
			kept[i].Data = bytes.Clone(kept[i].Data)
		}
	}
	return kept
}

// one makes a write of a single operation.
func (s *toySession) one(ctx context.Context, name string, op coord.Op) (coord.Result, error) {
	c := toyCall{op: name, path: op.Path, write: true}
	if s.toy.is(namesAreFolded) {
		op.Path = strings.ToLower(op.Path)
	}
	if err := s.invalid(c, s.toy.validOp(op)); err != nil {
		return coord.Result{}, err
	}
	ops := s.toy.keep([]coord.Op{op})
	var result coord.Result
	c.atServer = func() (int, string, error) {
		if ctx.Err() != nil && s.toy.is(argumentsAreReadLate) {
			// What the caller has made of its buffer by now; to read that itself would be a data race.
			ops[0].Data = []byte("b")
		}
		results, _, err := s.toy.commit(s, ops...)
		if err == nil {
			result = results[0]
		}
		return 0, op.Path, err
	}
	if err := s.do(ctx, c); err != nil {
		return coord.Result{}, err
	}
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	return result, nil
}

func (s *toySession) Create(ctx context.Context, path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) (string, error) {
	r, err := s.one(ctx, "create", coord.CreateOp(path, data, mode, acl...))
	return r.Path, err
}

func (s *toySession) Set(ctx context.Context, path string, data []byte, version int32) (coord.Stat, error) {
	r, err := s.one(ctx, "set", coord.SetOp(path, data, version))
	return r.Stat, err
}

func (s *toySession) Delete(ctx context.Context, path string, version int32) error {
	_, err := s.one(ctx, "delete", coord.DeleteOp(path, version))
	return err
}

func (s *toySession) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	c := toyCall{op: "multi", write: true}
	for i, op := range ops {
		if err := s.toy.validOp(op); err != nil && !s.toy.is(argumentsAreNotLookedAt) {
			return nil, &coord.Error{Op: "multi", Path: op.Path, Index: i, Err: err}
		}
	}
	ops = s.toy.keep(ops)
	var results []coord.Result
	c.atServer = func() (int, string, error) {
		var index int
		var err error
		if s.toy.is(multiIsSeveral) && len(ops) == 2 && ops[0].Type == coord.OpSet && ops[1].Type == coord.OpSet {
			results, index, err = s.toy.commit(s, ops[0])
			time.AfterFunc(toyLatency*3/2, func() { s.toy.mu.Lock(); defer s.toy.mu.Unlock(); _, _, _ = s.toy.commit(s, ops[1]) })
			results = append(results, results...)
		} else {
			results, index, err = s.toy.commit(s, ops...)
		}
		if err != nil {
			return index, ops[index].Path, err
		}
		return 0, "", nil
	}
	if err := s.do(ctx, c); err != nil {
		return nil, err
	}
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	if s.toy.is(multiForgetsResults) && len(results) > 1 {
		results[1] = results[0]
	}
	return results, nil
}

func (s *toySession) Sync(ctx context.Context, path string) error {
	c := toyCall{op: "sync", path: path}
	if err := s.invalid(c, coord.ValidatePath(path)); err != nil {
		return err
	}
	c.atServer = func() (int, string, error) {
		if _, ok := s.toy.trees[len(s.toy.trees)-1].nodes[path]; !ok && s.toy.is(syncNeedsANode) {
			return 0, path, coord.ErrNoNode
		}
		return 0, path, nil
	}
	return s.do(ctx, c)
}

// seen is what a read found.
type seen struct {
	node  toyNode
	names []string
	watch *coord.Watch
}

// read makes a call that reads one node, and arms a watch if the call says so.
func (s *toySession) read(ctx context.Context, kind, path string, watch bool) (seen, error) {
	c := toyCall{op: kind, path: path}
	if err := s.invalid(c, coord.ValidatePath(path)); err != nil {
		return seen{}, err
	}
	var found seen
	c.atServer = func() (int, string, error) {
		n, ok := s.view(path).nodes[path]
		if s.toy.is(readsDisarm) && !watch {
			delete(s.watches, toyKey{kind, path})
		}
		if ok && kind != "exists" && !n.allows(coord.PermRead) && !s.toy.is(aclIsIgnored) {
			return 0, path, coord.ErrNoAuth
		}
		if (watch || s.toy.is(readsAlwaysWatch)) && (ok || kind == "exists" || s.toy.is(missingIsWatched)) {
			found.watch = s.arm(toyKey{kind, path})
		}
		if !ok {
			return 0, path, coord.ErrNoNode
		}
		found.node, found.names = n, s.view(path).children(path)
		return 0, path, nil
	}
	err := s.do(ctx, c)
	if err != nil && !(errors.Is(err, coord.ErrNoNode) && (kind == "exists" || s.toy.is(missingIsWatched))) {
		return seen{}, err
	}
	s.toy.mu.Lock()
	defer s.toy.mu.Unlock()
	return found, err
}

func (s *toySession) Exists(ctx context.Context, path string, watch bool) (coord.Stat, *coord.Watch, error) {
	found, err := s.read(ctx, "exists", path, watch)
	return found.node.stat, found.watch, err
}

func (s *toySession) Get(ctx context.Context, path string, watch bool) ([]byte, coord.Stat, *coord.Watch, error) {
	found, err := s.read(ctx, "get", path, watch)
	if s.toy.is(statIsStale) {
		found.node.stat.Version = max(0, found.node.stat.Version-1)
	}
	return bytes.Clone(found.node.data), found.node.stat, found.watch, err
}

func (s *toySession) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	found, err := s.read(ctx, "children", path, watch)
	if s.toy.is(childrenArePaths) {
		for i, name := range found.names {
			found.names[i] = path + "/" + name
		}
	}
	if s.toy.is(childrenStatIsPoor) {
		found.node.stat.Pzxid = 0
	}
	return found.names, found.node.stat, found.watch, err
}

// view is the tree as the session sees it.
func (s *toySession) view(path string) tree {
	at := s.at
	if s.toy.is(firstIsStale) && strings.HasSuffix(path, "/first") {
		at = max(1, at-3)
	}
	return s.toy.trees[at]
}

package linear

import (
	"context"
	"errors"

	"github.com/hamaster/hamaster/coord"
)

// flawed is a session that breaks a promise now and then. It is used by one client, one call after the other.
type flawed struct {
	coord.Session
	writes int
	reads  map[string]reading
	late   func() // what was put off
	flaw
}

// reading is what a read of a node found first.
type reading struct {
	data []byte
	stat coord.Stat
	err  error
}

// turn reports whether it is time to break the promise: once in three times.
func (s *flawed) turn() bool {
	s.writes++
	return s.writes%3 == 0
}

func (s *flawed) Set(ctx context.Context, path string, data []byte, version int32) (coord.Stat, error) {
	refused := func(class error) (coord.Stat, error) {
		return coord.Stat{}, &coord.Error{Op: "set", Path: path, Err: class}
	}
	if late := s.late; late != nil {
		s.late = nil
		defer late()
	}
	now := s.turn()
	switch {
	case s.flaw == ignoredVersion:
		version = coord.AnyVersion
	case s.flaw == falseRefusal && now:
		if _, err := s.Session.Set(ctx, path, data, version); err == nil {
			return refused(coord.ErrBadVersion)
		}
	case s.flaw == overtaken && now:
		s.late = func() { _, _ = s.Session.Set(ctx, path, data, version) } // nobody hears of a call that was given up
		return refused(coord.ErrConnectionLoss)
	case s.flaw == lostWrite && now:
		if stat, _, err := s.Session.Exists(ctx, path, false); err == nil && (version == coord.AnyVersion || version == stat.Version) {
			stat.Version++
			stat.DataLength, stat.Mzxid = int32(len(data)), 0
			return stat, nil
		}
	}
	return s.Session.Set(ctx, path, data, version)
}

func (s *flawed) Create(ctx context.Context, path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) (string, error) {
	made, err := s.Session.Create(ctx, path, data, mode, acl...)
	switch {
	case s.flaw == doubleCreate && err == nil && s.turn():
		return s.Session.Create(ctx, path, data, mode, acl...)
	case s.flaw == secondWinner && errors.Is(err, coord.ErrNodeExists):
		return path, nil
	}
	return made, err
}

func (s *flawed) Get(ctx context.Context, path string, watch bool) ([]byte, coord.Stat, *coord.Watch, error) {
	if first, again := s.reads[path]; again && s.flaw == staleRead {
		return first.data, first.stat, nil, first.err
	}
	data, stat, w, err := s.Session.Get(ctx, path, watch)
	s.reads[path] = reading{data, stat, err}
	return data, stat, w, err
}

// Children agrees with a stale Get: these nodes have no children.
func (s *flawed) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	if first, again := s.reads[path]; again && s.flaw == staleRead {
		return nil, first.stat, nil, first.err
	}
	return s.Session.Children(ctx, path, watch)
}

func (s *flawed) Multi(ctx context.Context, ops ...coord.Op) (results []coord.Result, err error) {
	if s.flaw != tornTransaction || len(ops) < 2 {
		return s.Session.Multi(ctx, ops...)
	}
	for _, op := range ops {
		r, opErr := s.Session.Multi(ctx, op)
		if opErr != nil {
			err = opErr
			r = make([]coord.Result, 1)
		}
		results = append(results, r...)
	}
	return results, err
}

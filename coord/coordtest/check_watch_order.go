package coordtest

import (
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var watchOrderChecks = []check{
	{"WatchIsOverBeforeTheOwnWriteReturns", nil, watchIsOverBeforeOwnWrite},
	{"WatchIsOverBeforeAReadShowsWhatCameAfter", nil, watchIsOverBeforeRead},
	{"WatchIsOverBeforeAnotherNodeShowsWhatCameAfter", nil, watchIsOverBeforeOtherNode},
	{"WatchMissesNothingWhileChangesGoOn", nil, watchMissesNothing},
}

func watchIsOverBeforeOwnWrite(e *env) {
	s := e.open()
	for i := range 20 {
		name := "n" + strconv.Itoa(i)
		path := e.path(name)
		created, children := s.arm(existsMissing, path), s.arm(childrenKind, e.root)
		s.create(path, nil, coord.Persistent)
		e.mustHaveFired("create has returned", created, coord.Event{Type: coord.NodeCreated, Path: path})
		e.mustHaveFired("create of a child has returned", children, coord.Event{Type: coord.ChildrenChanged, Path: e.root})
		changed := s.arm(getKind, path)
		s.set(path, nil)
		e.mustHaveFired("set has returned", changed, coord.Event{Type: coord.DataChanged, Path: path})
		changed = s.arm(getKind, path)
		s.multi(coord.CheckOp(path, 1), coord.SetOp(path, nil, 1))
		e.mustHaveFired("multi has returned", changed, coord.Event{Type: coord.DataChanged, Path: path})
		deleted, children := s.arm(existsPresent, path), s.arm(childrenKind, e.root)
		s.delete(path)
		e.mustHaveFired("delete has returned", deleted, coord.Event{Type: coord.NodeDeleted, Path: path})
		e.mustHaveFired("delete of a child has returned", children, coord.Event{Type: coord.ChildrenChanged, Path: e.root})
	}
}

func watchIsOverBeforeRead(e *env) {
	s := e.open()
	for i := range 20 {
		path := e.path("n" + strconv.Itoa(i))
		created, children := s.arm(existsMissing, path), s.arm(childrenKind, e.root)
		e.calm.create(path, nil, coord.Persistent)
		e.until("a read shows the new node", func() bool {
			_, _, err := s.Exists(e.context(), path, false)
			return err == nil
		})
		e.mustHaveFired("a read shows the node", created, coord.Event{Type: coord.NodeCreated, Path: path})
		e.mustHaveFired("a read shows the child", children, coord.Event{Type: coord.ChildrenChanged, Path: e.root})
		changed := s.arm(getKind, path)
		e.calm.set(path, []byte("new"))
		e.until("a read shows the new data", func() bool {
			data, _ := s.get(path)
			return string(data) == "new"
		})
		e.mustHaveFired("a read shows the data", changed, coord.Event{Type: coord.DataChanged, Path: path})
	}
}

func watchIsOverBeforeOtherNode(e *env) {
	s := e.open()
	first, second := e.node("first"), e.node("second")
	s.barrier()
	for i := range 50 {
		value := strconv.Itoa(i)
		w := s.arm(getKind, first)
		ctx := e.context()
		wait := e.meanwhile(func() error {
			if _, err := e.calm.Set(ctx, first, []byte(value), coord.AnyVersion); err != nil {
				return err
			}
			_, err := e.calm.Set(ctx, second, []byte(value), coord.AnyVersion)
			return err
		})
		e.until("a read of the second node shows what was written after the first", func() bool {
			data, _ := s.get(second)
			return string(data) == value
		})
		e.mustHaveFired("a read of the node written after the watched one", w, coord.Event{Type: coord.DataChanged, Path: first})
		wait()
	}
}

// watchMissesNothing follows a node by reads with a watch, while it changes as fast as it can.
func watchMissesNothing(e *env) {
	const last = 200
	s := e.open()
	path := e.node("n")
	s.barrier()
	ctx := e.context()
	wait := e.meanwhile(func() error {
		for range last {
			if _, err := e.calm.Set(ctx, path, nil, coord.AnyVersion); err != nil {
				return err
			}
		}
		return nil
	})
	seen := int32(-1)
	for seen < last {
		_, stat, w, err := s.Get(ctx, path, true)
		if err != nil {
			e.Fatalf("get: must succeed; got %v", err)
		}
		if stat.Version <= seen {
			e.Errorf("a watch that ended tells of a change, which a read then shows; after version %d it shows %d", seen, stat.Version)
		}
		if seen = stat.Version; seen < last {
			e.mustFire("the node changes", w, coord.Event{Type: coord.DataChanged, Path: path})
		}
	}
	wait()
}

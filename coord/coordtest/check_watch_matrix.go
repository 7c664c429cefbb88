package coordtest

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

var watchMatrixChecks = []check{
	{"WatchEndsWithExactlyTheEventsOfItsKind", nil, func(e *env) {
		watchMatrix(e, e.calm, func(op coord.Op) error { return applyAlone(e, e.calm, op) })
	}},
	{"WatchEndsWithTheSessionsOwnChangesToo", nil, func(e *env) {
		s := e.open()
		watchMatrix(e, s, func(op coord.Op) error { return applyAlone(e, s, op) })
	}},
	{"WatchEndsWithChangesOfATransaction", nil, func(e *env) {
		watchMatrix(e, e.open(), func(op coord.Op) error {
			_, err := e.calm.Multi(e.context(), coord.CheckOp(e.root, coord.AnyVersion), op)
			return err
		})
	}},
	{"WatchIsNotEndedByATransactionOfChecks", nil, watchIsNotEndedByChecks},
}

// change is something that happens to a watched node "n", which has a child "old" in some cases, or to one near it.
type change struct {
	name    string
	missing bool // there is no n before
	op      func(n string) coord.Op
	want    map[string]coord.EventType // by kind of watch; a kind that is not there must not end
}

var changes = []change{
	{"creation", true, func(n string) coord.Op { return coord.CreateOp(n, nil, coord.Persistent) },
		map[string]coord.EventType{existsMissing.name: coord.NodeCreated}},
	{"creation as ephemeral", true, func(n string) coord.Op { return coord.CreateOp(n, nil, coord.Ephemeral) },
		map[string]coord.EventType{existsMissing.name: coord.NodeCreated}},
	{"change", false, func(n string) coord.Op { return coord.SetOp(n, []byte("new"), coord.AnyVersion) },
		map[string]coord.EventType{existsPresent.name: coord.DataChanged, getKind.name: coord.DataChanged}},
	{"change to the same", false, func(n string) coord.Op { return coord.SetOp(n, []byte("data"), 0) },
		map[string]coord.EventType{existsPresent.name: coord.DataChanged, getKind.name: coord.DataChanged}},
	{"deletion", false, func(n string) coord.Op { return coord.DeleteOp(n, coord.AnyVersion) },
		map[string]coord.EventType{existsPresent.name: coord.NodeDeleted, getKind.name: coord.NodeDeleted, childrenKind.name: coord.NodeDeleted}},
	{"creation of a child", false, func(n string) coord.Op { return coord.CreateOp(n+"/new", nil, coord.Persistent) },
		map[string]coord.EventType{childrenKind.name: coord.ChildrenChanged}},
	{"creation of a numbered child", false, func(n string) coord.Op { return coord.CreateOp(n+"/", nil, coord.EphemeralSequential) },
		map[string]coord.EventType{childrenKind.name: coord.ChildrenChanged}},
	{"deletion of a child", false, func(n string) coord.Op { return coord.DeleteOp(n+"/old", coord.AnyVersion) },
		map[string]coord.EventType{childrenKind.name: coord.ChildrenChanged}},
	{"change of a child", false, func(n string) coord.Op { return coord.SetOp(n+"/old", nil, coord.AnyVersion) }, nil},
	{"creation of a grandchild", false, func(n string) coord.Op { return coord.CreateOp(n+"/old/new", nil, coord.Persistent) }, nil},
	{"creation of a sibling", false, func(n string) coord.Op { return coord.CreateOp(n+"-sibling", nil, coord.Persistent) }, nil},
	{"creation of a sibling", true, func(n string) coord.Op { return coord.CreateOp(n+"-sibling", nil, coord.Persistent) }, nil},
}

// watchMatrix arms each kind of watch in a session of its own, makes each change, and looks at what ended.
func watchMatrix(e *env, watcher *session, apply func(coord.Op) error) {
	for i, c := range changes {
		n := e.path(fmt.Sprintf("n%d", i))
		watches := armFor(e, watcher, c, n)
		if err := apply(c.op(n)); err != nil {
			e.Fatalf("%s: must succeed; got %v", c.name, err)
		}
		for kind, want := range c.want {
			e.mustFire(c.name+", seen by "+kind, watches[kind], coord.Event{Type: want, Path: n})
			delete(watches, kind)
		}
		watcher.barrier()
		for kind, w := range watches {
			e.mustBeArmed(c.name+", seen by "+kind, w)
		}
	}
}

// armFor makes the node as the change wants it, and arms all kinds of watches that there can be.
func armFor(e *env, watcher *session, c change, n string) map[string]*coord.Watch {
	e.Helper()
	if !c.missing {
		e.calm.create(n, []byte("data"), coord.Persistent)
		if c.name != "deletion" {
			e.calm.create(coord.JoinPath(n, "old"), nil, coord.Persistent)
		}
	}
	watcher.barrier()
	watches := map[string]*coord.Watch{}
	for _, kind := range watchKinds {
		if kind.missing == c.missing {
			watches[kind.name] = watcher.arm(kind, n)
		}
	}
	return watches
}

// applyAlone makes the change with the call that there is for it.
func applyAlone(e *env, s *session, op coord.Op) error {
	ctx := e.context()
	switch op.Type {
	case coord.OpCreate:
		return errOf2(s.Create(ctx, op.Path, op.Data, op.Mode))
	case coord.OpSet:
		return errOf2(s.Set(ctx, op.Path, op.Data, op.Version))
	case coord.OpDelete:
		return s.Delete(ctx, op.Path, op.Version)
	}
	return errors.New("no such change")
}

func watchIsNotEndedByChecks(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	watches := s.armAll(path, e.path("missing"))
	for _, who := range []*session{s, e.calm} {
		who.multi(coord.CheckOp(path, 0), coord.CheckOp(path, coord.AnyVersion), coord.CheckOp(e.root, coord.AnyVersion))
	}
	s.barrier()
	for name, w := range watches {
		e.mustBeArmed(name+" after a transaction of checks", w)
	}
}

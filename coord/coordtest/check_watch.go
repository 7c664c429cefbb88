package coordtest

import (
	"fmt"
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var watchChecks = []check{
	{"WatchEndsOnceAndKeepsItsEvent", nil, watchEndsOnce},
	{"WatchTellsTheFirstOfSeveralChanges", nil, watchTellsTheFirst},
	{"WatchArmedAgainIsNotTheOneThatEnded", nil, watchArmedAgain},
	{"WatchesOfRepeatedReadsAllEnd", nil, watchesOfRepeatedReads},
	{"WatchesOfAllKindsOnANodeAllEnd", nil, watchesOfAllKinds},
	{"WatchIsNotDisarmedByAReadWithoutOne", nil, watchIsNotDisarmed},
	{"WatchIsNotEndedByRefusedCalls", nil, watchIsNotEndedByRefused},
	{"WatchIsNotEndedByOthersNodes", nil, watchIsNotEndedByOthers},
	{"WatchIsTheSessionsOwn", nil, watchIsTheSessionsOwn},
	{"WatchIsNotAskedForIsNotGiven", nil, watchNotAskedFor},
	{"WatchesAreMany", nil, watchesAreMany},
}

func watchEndsOnce(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	w := s.arm(getKind, path)
	e.mustBeArmed("nothing happened", w)
	e.calm.set(path, []byte("second"))
	want := coord.Event{Type: coord.DataChanged, Path: path}
	e.mustFire("set", w, want)
	e.calm.set(path, []byte("third"))
	e.calm.delete(path)
	s.barrier()
	for range 3 {
		e.mustFire("later changes", w, want)
	}
}

func watchTellsTheFirst(e *env) {
	s := e.open()
	path := e.path("n")
	w := s.arm(existsMissing, path)
	e.node("n")
	e.calm.set(path, nil)
	e.calm.delete(path)
	e.mustFire("create, set, delete", w, coord.Event{Type: coord.NodeCreated, Path: path})
	path = e.node("k")
	s.barrier()
	w = s.arm(getKind, path)
	e.calm.multi(coord.SetOp(path, nil, 0), coord.DeleteOp(path, 1), coord.CreateOp(path, nil, coord.Persistent))
	e.mustFire("set, delete, create in one transaction", w, coord.Event{Type: coord.DataChanged, Path: path})
	path = e.node("m")
	s.barrier()
	w = s.arm(existsPresent, path)
	e.calm.delete(path)
	e.node("m")
	e.mustFire("delete, create", w, coord.Event{Type: coord.NodeDeleted, Path: path})
}

func watchArmedAgain(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	old := s.arm(getKind, path)
	for i := range 30 {
		e.calm.set(path, []byte(strconv.Itoa(i)))
		e.mustFire("set", old, coord.Event{Type: coord.DataChanged, Path: path})
		// Whoever has seen the event reads what it was about, and its next watch is for what comes after.
		data, _, next, err := s.Get(e.context(), path, true)
		if err != nil || string(data) != strconv.Itoa(i) {
			e.Fatalf("a read after the event must show what it told of, %d; got %q, %v", i, data, err)
		}
		e.mustBeArmed("armed again after it ended", next)
		old = next
	}
}

func watchesOfRepeatedReads(e *env) {
	s := e.open()
	for _, kind := range watchKinds {
		path := e.path("n-" + kind.name)
		if !kind.missing {
			e.node("n-" + kind.name)
			s.barrier()
		}
		watches := []*coord.Watch{s.arm(kind, path), s.arm(kind, path), s.arm(kind, path)}
		want := kind.disturb(e, path)
		for _, w := range watches {
			e.mustFire(kind.name+" three times", w, want)
		}
	}
}

func watchesOfAllKinds(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	w := map[string]*coord.Watch{}
	for _, kind := range watchKinds {
		if !kind.missing {
			w[kind.name] = s.arm(kind, path)
		}
	}
	e.calm.delete(path)
	for name, w := range w {
		e.mustFire(name+" when all kinds are armed", w, coord.Event{Type: coord.NodeDeleted, Path: path})
	}
}

func watchIsNotDisarmed(e *env) {
	s := e.open()
	for _, kind := range watchKinds {
		path := e.path("n-" + kind.name)
		if !kind.missing {
			e.node("n-" + kind.name)
			s.barrier()
		}
		w := s.arm(kind, path)
		for range 3 {
			_, _ = kind.read(e.context(), s, path, false)
		}
		e.mustBeArmed("reads without a watch", w)
		e.mustFire("after reads without a watch", w, kind.disturb(e, path))
	}
}

func watchIsNotEndedByRefused(e *env) {
	s := e.open()
	path, missing := e.node("n"), e.path("missing")
	e.node("n", "child")
	s.barrier()
	watches := s.armAll(path, missing)
	ctx := e.context()
	for i, err := range []error{
		errOf2(e.calm.Set(ctx, path, nil, 9)),
		e.calm.Delete(ctx, path, coord.AnyVersion),
		e.calm.Delete(ctx, e.path("n", "child"), 9),
		errOf2(e.calm.Create(ctx, path, nil, coord.Persistent)),
		errOf2(e.calm.Create(ctx, e.path("missing", "child"), nil, coord.Persistent)),
		errOf2(e.calm.Multi(ctx, coord.SetOp(path, nil, 0), coord.CreateOp(missing, nil, coord.Persistent),
			coord.CreateOp(e.path("n", "another"), nil, coord.Persistent), coord.CheckOp(path, 0))),
	} {
		if err == nil {
			e.Errorf("call %d must be refused; it succeeded", i)
		}
	}
	s.barrier()
	for name, w := range watches {
		e.mustBeArmed(name+" after refused calls", w)
	}
}

func watchIsNotEndedByOthers(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	watches := s.armAll(path, e.path("missing"))
	e.node("sibling")
	e.node("n2")
	e.node("missing2")
	e.calm.set(e.root, []byte("parent"))
	e.calm.delete(e.path("sibling"))
	s.barrier()
	for name, w := range watches {
		e.mustBeArmed(name+" after changes of other nodes", w)
	}
}

func watchIsTheSessionsOwn(e *env) {
	link := e.client()
	first, second := e.openOn(link), e.openOn(link)
	path := e.node("n")
	first.barrier()
	second.barrier()
	gone, stays := first.arm(getKind, path), second.arm(getKind, path)
	first.close()
	e.mustEndUnfired("its session is closed", gone)
	second.barrier()
	e.mustBeArmed("another session is closed", stays)
	e.calm.set(path, nil)
	e.mustFire("set", stays, coord.Event{Type: coord.DataChanged, Path: path})
	e.mustEndUnfired("a change after its session's end", gone)
}

func watchNotAskedFor(e *env) {
	path := e.node("n")
	for _, kind := range watchKinds {
		at := path
		if kind.missing {
			at = e.path("missing")
		}
		if w, _ := kind.read(e.context(), e.calm, at, false); w != nil {
			e.Errorf("%s without a watch must return none; got one", kind.name)
		}
	}
}

func watchesAreMany(e *env) {
	const n = 100
	s := e.open()
	watches := map[string]*coord.Watch{}
	for i := range n {
		path := e.node(fmt.Sprintf("n%d", i))
		s.barrier()
		watches[path] = s.arm(watchKinds[i%3], path)
	}
	for path := range watches {
		e.calm.delete(path)
	}
	for path, w := range watches {
		e.mustFire("deletion of each of many", w, coord.Event{Type: coord.NodeDeleted, Path: path})
	}
}

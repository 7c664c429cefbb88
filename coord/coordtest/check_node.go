package coordtest

import (
	"slices"

	"github.com/hamaster/hamaster/coord"
)

var nodeChecks = []check{
	{"CreateMakesTheNodeInEveryMode", nil, createMakesTheNode},
	{"CreateRefusesWhatExists", nil, createRefusesWhatExists},
	{"CreateRefusesAMissingParent", nil, createRefusesAMissingParent},
	{"CreateRefusesAnEphemeralParent", nil, createRefusesAnEphemeralParent},
	{"CallsOnAMissingNodeSaySo", nil, callsOnAMissingNode},
	{"ChildrenAreNamesOfDirectChildren", nil, childrenAreNames},
	{"DeleteRefusesANodeWithChildren", nil, deleteRefusesANodeWithChildren},
	{"DeleteNeverTouchesTheRoot", nil, deleteNeverTouchesTheRoot},
	{"DeletedNodeMadeAgainIsANewOne", nil, deletedNodeMadeAgain},
	{"RefusedCallsChangeNothing", nil, refusedCallsChangeNothing},
}

var modes = []coord.CreateMode{coord.Persistent, coord.Ephemeral, coord.PersistentSequential, coord.EphemeralSequential}

func createMakesTheNode(e *env) {
	s := e.open()
	for _, mode := range modes {
		asked := e.path("mode-" + mode.String())
		path := s.create(asked, []byte("payload"), mode)
		want := asked
		if mode.IsSequential() {
			want = path
			if len(path) != len(asked)+10 || path[:len(asked)] != asked {
				e.Errorf("create in mode %v must return %s with ten digits appended; got %s", mode, asked, path)
			}
		}
		if path != want {
			e.Errorf("create in mode %v must return the path made, %s; got %s", mode, want, path)
		}
		owner := coord.SessionID(0)
		if mode.IsEphemeral() {
			owner = s.ID()
		}
		if stat := e.calm.mustHold(path, []byte("payload")); stat.EphemeralOwner != owner {
			e.Errorf("the owner of a node of mode %v must be %v; got %v", mode, owner, stat.EphemeralOwner)
		}
	}
}

func createRefusesWhatExists(e *env) {
	s := e.open()
	e.node("persistent")
	s.create(e.path("ephemeral"), nil, coord.Ephemeral)
	for _, path := range []string{"/", e.root, e.path("persistent"), e.path("ephemeral")} {
		for _, mode := range modes[:2] {
			got, err := s.Create(e.context(), path, []byte("other"), mode)
			e.mustRefuse(err, "create", path, coord.ErrNodeExists)
			if got != "" {
				e.Errorf("a create that fails must return no path; got %q", got)
			}
		}
	}
	e.calm.mustHold(e.path("persistent"), []byte("data"))
}

func createRefusesAMissingParent(e *env) {
	for _, mode := range modes {
		path := e.path("missing", "child-")
		_, err := e.calm.Create(e.context(), path, nil, mode)
		e.mustRefuse(err, "create", path, coord.ErrNoNode)
	}
	e.calm.mustLack(e.path("missing"))
}

func createRefusesAnEphemeralParent(e *env) {
	s := e.open()
	parent := s.create(e.path("ephemeral"), nil, coord.Ephemeral)
	for _, who := range []*session{s, e.calm} {
		who.barrier()
		for _, mode := range modes {
			path := coord.JoinPath(parent, "child-")
			_, err := who.Create(e.context(), path, nil, mode)
			e.mustRefuse(err, "create", path, coord.ErrNoChildrenForEphemerals)
		}
	}
	if names := s.children(parent); len(names) != 0 {
		e.Errorf("an ephemeral node must have no children; got %q", names)
	}
}

func callsOnAMissingNode(e *env) {
	path := e.path("missing")
	ctx := e.context()
	stat, w, err := e.calm.Exists(ctx, path, false)
	e.mustRefuse(err, "exists", path, coord.ErrNoNode)
	if stat != (coord.Stat{}) || w != nil {
		e.Errorf("exists of a missing node without a watch must return nothing else; got %+v, watch %v", stat, w)
	}
	_, _, w, err = e.calm.Get(ctx, path, true)
	e.mustRefuse(err, "get", path, coord.ErrNoNode)
	if w != nil {
		e.Errorf("get of a missing node must leave no watch; got one")
	}
	_, _, w, err = e.calm.Children(ctx, path, true)
	e.mustRefuse(err, "children", path, coord.ErrNoNode)
	if w != nil {
		e.Errorf("children of a missing node must leave no watch; got one")
	}
	for _, version := range []int32{coord.AnyVersion, 0, 3} {
		_, err = e.calm.Set(ctx, path, nil, version)
		e.mustRefuse(err, "set", path, coord.ErrNoNode)
		e.mustRefuse(e.calm.Delete(ctx, path, version), "delete", path, coord.ErrNoNode)
		_, err = e.calm.Multi(ctx, coord.CheckOp(path, version))
		e.mustRefuse(err, "multi", path, coord.ErrNoNode)
	}
	e.calm.mustLack(path)
}

func childrenAreNames(e *env) {
	parent := e.node("parent")
	if names := e.calm.children(parent); len(names) != 0 {
		e.Errorf("a node without children must list none; got %q", names)
	}
	want := []string{"a", "b", "c.d", "e f"}
	for _, name := range want {
		e.node("parent", name)
	}
	e.node("parent", "a", "grandchild")
	e.node("sibling")
	got := e.calm.children(parent)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		e.Errorf("children must return the names of the direct children, %q; got %q", want, got)
	}
	e.calm.delete(e.path("parent", "b"))
	if got := e.calm.children(parent); slices.Contains(got, "b") || len(got) != len(want)-1 {
		e.Errorf("a deleted child must not be listed; got %q", got)
	}
}

func deleteRefusesANodeWithChildren(e *env) {
	path := e.node("n")
	child := e.node("n", "child")
	for _, version := range []int32{coord.AnyVersion, 0} {
		e.mustRefuse(e.calm.Delete(e.context(), path, version), "delete", path, coord.ErrNotEmpty)
	}
	e.calm.mustHold(path, []byte("data"))
	e.calm.delete(child)
	e.calm.delete(path)
	e.calm.mustLack(path)
}

func deleteNeverTouchesTheRoot(e *env) {
	// A service calls it an argument that can never be right; under a chroot it is a node that has children.
	err := e.calm.Delete(e.context(), "/", coord.AnyVersion)
	named := e.mustName(err, "delete", "/")
	if named.Err == nil || !matchesOne(err, coord.ErrInvalid, coord.ErrNotEmpty) {
		e.Errorf("delete of the root must fail with ErrInvalid or ErrNotEmpty; got %v", err)
	}
	if !e.calm.exists(e.root) {
		e.Errorf("a refused delete of the root must leave everything; %s is gone", e.root)
	}
}

func deletedNodeMadeAgain(e *env) {
	path := e.node("n")
	e.calm.set(path, []byte("second"))
	old := e.calm.stat(path)
	e.calm.delete(path)
	e.calm.create(path, nil, coord.Persistent)
	stat := e.calm.stat(path)
	if stat.Version != 0 || stat.Cversion != 0 || stat.DataLength != 0 || stat.Czxid <= old.Mzxid {
		e.Errorf("a node made again must start over, with a later Czxid; it was %+v, it is %+v", old, stat)
	}
}

func refusedCallsChangeNothing(e *env) {
	path := e.node("n")
	e.node("n", "child")
	e.calm.create(e.path("n", "q-"), nil, coord.PersistentSequential)
	before := e.snapshot()
	ctx := e.context()
	refusals := []error{
		e.calm.Delete(ctx, path, coord.AnyVersion),
		e.calm.Delete(ctx, e.path("n", "child"), 7),
		errOf2(e.calm.Set(ctx, path, []byte("x"), 7)),
		errOf2(e.calm.Create(ctx, path, []byte("x"), coord.Persistent)),
		errOf2(e.calm.Create(ctx, e.path("n", "missing", "x"), nil, coord.Persistent)),
		errOf2(e.calm.Multi(ctx, coord.SetOp(path, []byte("x"), coord.AnyVersion), coord.CheckOp(path, 0))),
	}
	for i, err := range refusals {
		if err == nil {
			e.Errorf("call %d must be refused; it succeeded", i)
		}
	}
	e.mustBeAsBefore("refused calls", before)
}

// errOf2 drops what a call returns beside its error.
func errOf2[T any](_ T, err error) error { return err }

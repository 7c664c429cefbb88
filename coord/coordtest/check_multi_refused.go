package coordtest

import (
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

var multiRefusedChecks = []check{
	{"MultiRefusedAnywhereChangesNothing", nil, multiRefusedAnywhere},
	{"MultiRefusedTellsTheFirstThatRefused", nil, multiRefusedTellsTheFirst},
	{"MultiRefusedByItsOwnEarlierOperation", nil, multiRefusedByItsOwn},
	{"MultiRefusedWakesNoWatch", nil, multiRefusedWakesNoWatch},
}

// refusal is an operation that the service refuses, in the world that refusalWorld makes.
type refusal struct {
	name string
	op   coord.Op
	want error
}

func refusalWorld(e *env) []refusal {
	e.node("n")
	e.node("parent")
	e.node("parent", "child")
	e.calm.create(e.path("ephemeral"), nil, coord.Ephemeral)
	n, missing, parent := e.path("n"), e.path("missing"), e.path("parent")
	return []refusal{
		{"create of what exists", coord.CreateOp(n, nil, coord.Persistent), coord.ErrNodeExists},
		{"create under a missing parent", coord.CreateOp(e.path("missing", "x"), nil, coord.Persistent), coord.ErrNoNode},
		{"create under an ephemeral", coord.CreateOp(e.path("ephemeral", "x"), nil, coord.Persistent), coord.ErrNoChildrenForEphemerals},
		{"numbered create under an ephemeral", coord.CreateOp(e.path("ephemeral", "x"), nil, coord.EphemeralSequential), coord.ErrNoChildrenForEphemerals},
		{"set of a missing node", coord.SetOp(missing, nil, coord.AnyVersion), coord.ErrNoNode},
		{"set at a wrong version", coord.SetOp(n, nil, 7), coord.ErrBadVersion},
		{"delete of a missing node", coord.DeleteOp(missing, coord.AnyVersion), coord.ErrNoNode},
		{"delete at a wrong version", coord.DeleteOp(n, 7), coord.ErrBadVersion},
		{"delete of a node with children", coord.DeleteOp(parent, coord.AnyVersion), coord.ErrNotEmpty},
		{"check of a missing node", coord.CheckOp(missing, coord.AnyVersion), coord.ErrNoNode},
		{"check of a wrong version", coord.CheckOp(n, 7), coord.ErrBadVersion},
	}
}

// around are operations that succeed, one of each type, before and after one that is refused.
func (e *env) around() []coord.Op {
	return []coord.Op{
		coord.CreateOp(e.path("made"), nil, coord.Persistent),
		coord.SetOp(e.path("parent"), []byte("changed"), coord.AnyVersion),
		coord.CreateOp(e.path("q-"), nil, coord.EphemeralSequential),
		coord.DeleteOp(e.path("made"), 0),
		coord.CheckOp(e.path("parent"), coord.AnyVersion),
	}
}

func multiRefusedAnywhere(e *env) {
	refusals := refusalWorld(e)
	before := e.snapshot()
	for _, r := range refusals {
		for at := range len(e.around()) + 1 {
			ops := slices.Insert(e.around(), at, r.op)
			results, err := e.calm.Multi(e.context(), ops...)
			what := fmt.Sprintf("multi with a %s as operation %d", r.name, at)
			if results != nil {
				e.Errorf("%s must return no results; got %+v", what, results)
			}
			if refused := e.mustRefuse(err, "multi", r.op.Path, r.want); refused.Index != at {
				e.Errorf("%s must name it by its index; got %d: %v", what, refused.Index, err)
			}
			e.mustBeAsBefore(what, before)
		}
	}
	// Not even the counter of the children has moved.
	e.calm.mustNumber(e.root, coord.PersistentSequential, 3)
}

func multiRefusedTellsTheFirst(e *env) {
	refusals := refusalWorld(e)
	for i, first := range refusals {
		second := refusals[(i+1)%len(refusals)]
		_, err := e.calm.Multi(e.context(), coord.CheckOp(e.root, coord.AnyVersion), first.op, second.op)
		if refused := e.mustRefuse(err, "multi", first.op.Path, first.want); refused.Index != 1 {
			e.Errorf("multi with a %s before a %s must tell of the first, 1; got %d", first.name, second.name, refused.Index)
		}
	}
}

func multiRefusedByItsOwn(e *env) {
	n, made := e.node("n"), e.path("made")
	before := e.snapshot()
	for i, c := range []struct {
		ops  []coord.Op
		want error
	}{
		{[]coord.Op{coord.CreateOp(made, nil, coord.Persistent), coord.CreateOp(made, nil, coord.Persistent)}, coord.ErrNodeExists},
		{[]coord.Op{coord.DeleteOp(n, 0), coord.SetOp(n, nil, coord.AnyVersion)}, coord.ErrNoNode},
		{[]coord.Op{coord.DeleteOp(n, 0), coord.CheckOp(n, coord.AnyVersion)}, coord.ErrNoNode},
		{[]coord.Op{coord.DeleteOp(n, 0), coord.CreateOp(n+"/child", nil, coord.Persistent)}, coord.ErrNoNode},
		{[]coord.Op{coord.SetOp(n, nil, 0), coord.SetOp(n, nil, 0)}, coord.ErrBadVersion},
		{[]coord.Op{coord.SetOp(n, nil, 0), coord.DeleteOp(n, 0)}, coord.ErrBadVersion},
		{[]coord.Op{coord.SetOp(n, nil, 0), coord.CheckOp(n, 0)}, coord.ErrBadVersion},
		{[]coord.Op{coord.CreateOp(n+"/child", nil, coord.Persistent), coord.DeleteOp(n, 0)}, coord.ErrNotEmpty},
		{[]coord.Op{coord.CreateOp(made, nil, coord.Ephemeral), coord.CreateOp(made+"/x", nil, coord.Persistent)}, coord.ErrNoChildrenForEphemerals},
	} {
		_, err := e.calm.Multi(e.context(), c.ops...)
		if refused := e.mustRefuse(err, "multi", c.ops[1].Path, c.want); refused.Index != 1 {
			e.Errorf("transaction %d is refused by its operation 1; the error says %d: %v", i, refused.Index, err)
		}
		e.mustBeAsBefore(fmt.Sprintf("transaction %d, refused,", i), before)
	}
}

func multiRefusedWakesNoWatch(e *env) {
	refusals := refusalWorld(e)
	s := e.open()
	s.barrier()
	watches := map[string]*coord.Watch{
		"the parent set":    s.arm(getKind, e.path("parent")),
		"the node made":     s.arm(existsMissing, e.path("made")),
		"the children here": s.arm(childrenKind, e.root),
	}
	for _, r := range refusals {
		if _, err := e.calm.Multi(e.context(), append(e.around(), r.op)...); err == nil {
			e.Errorf("multi with a %s must be refused; it succeeded", r.name)
		}
	}
	s.barrier()
	for name, w := range watches {
		e.mustBeArmed(name+" by a transaction that was refused", w)
	}
}

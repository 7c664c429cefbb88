package coordtest

import (
	"fmt"

	"github.com/hamaster/hamaster/coord"
)

var sequenceChecks = []check{
	{"SequenceHasTenDigitsAndStartsAtZero", nil, sequenceStartsAtZero},
	{"SequenceCountsEveryChildEverMade", nil, sequenceCountsEveryChild},
	{"SequenceIsTheParentsWhoeverCreates", nil, sequenceIsTheParents},
	{"SequenceIsNotMovedByRefusedCreates", nil, sequenceIgnoresRefused},
	{"SequenceIsNotReusedAfterDeletion", nil, sequenceIsNotReused},
	{"SequenceCountsTheCreatesOfATransaction", nil, sequenceCountsInTransactions},
	{"SequenceStartsOverWithANewParent", nil, sequenceStartsOver},
}

// mustNumber makes a sequential node below parent and checks its number.
func (s *session) mustNumber(parent string, mode coord.CreateMode, want int) {
	s.env.Helper()
	prefix := coord.JoinPath(parent, "q-")
	if got, want := s.create(prefix, nil, mode), fmt.Sprintf("%s%010d", prefix, want); got != want {
		s.env.Errorf("the sequential node must be %s, the number being how many children the parent has had; got %s", want, got)
	}
}

func sequenceStartsAtZero(e *env) {
	parent := e.node("parent")
	for i := range 12 {
		e.calm.mustNumber(parent, modes[2+i%2], i)
	}
	names := e.calm.children(parent)
	if len(names) != 12 {
		e.Errorf("each sequential create must make a node of its own; 12 made %q", names)
	}
}

func sequenceCountsEveryChild(e *env) {
	parent := e.node("parent")
	e.node("parent", "a")
	e.calm.mustNumber(parent, coord.PersistentSequential, 1)
	e.node("parent", "b")
	e.calm.create(e.path("parent", "c"), nil, coord.Ephemeral)
	e.node("parent", "a", "grandchild")
	e.calm.set(parent, nil)
	e.calm.set(e.path("parent", "a"), nil)
	e.calm.mustNumber(parent, coord.EphemeralSequential, 4)
}

func sequenceIsTheParents(e *env) {
	parent := e.node("parent")
	for i, s := range []*session{e.open(), e.calm, e.open(), e.calm} {
		s.mustNumber(parent, coord.EphemeralSequential, i)
	}
	// Different names share the parent's one counter.
	if got, want := e.calm.create(e.path("parent", "other-"), nil, coord.PersistentSequential), e.path("parent", "other-0000000004"); got != want {
		e.Errorf("all names under a parent must share its counter: the node must be %s; got %s", want, got)
	}
}

func sequenceIgnoresRefused(e *env) {
	parent := e.node("parent")
	e.node("parent", "a")
	ctx := e.context()
	for _, err := range []error{
		errOf2(e.calm.Create(ctx, e.path("parent", "a"), nil, coord.Persistent)),
		errOf2(e.calm.Create(ctx, e.path("parent", "missing", "q-"), nil, coord.PersistentSequential)),
		errOf2(e.calm.Multi(ctx, coord.CreateOp(e.path("parent", "q-"), nil, coord.PersistentSequential), coord.CheckOp(parent, 7))),
		errOf2(e.calm.Multi(ctx, coord.CreateOp(e.path("parent", "b"), nil, coord.Persistent), coord.CheckOp(e.path("parent", "b"), 1))),
	} {
		if err == nil {
			e.Errorf("the call must be refused; it succeeded")
		}
	}
	e.calm.mustNumber(parent, coord.PersistentSequential, 1)
}

func sequenceIsNotReused(e *env) {
	parent := e.node("parent")
	for i := range 5 {
		path := e.calm.create(e.path("parent", "n"), nil, coord.Persistent)
		e.calm.delete(path)
		e.calm.mustNumber(parent, coord.PersistentSequential, 2*i+1)
	}
	s := e.open()
	s.mustNumber(parent, coord.EphemeralSequential, 10)
	s.close()
	e.calm.mustNumber(parent, coord.EphemeralSequential, 11)
}

func sequenceCountsInTransactions(e *env) {
	parent := e.node("parent")
	prefix := e.path("parent", "q-")
	results := e.calm.multi(
		coord.CreateOp(prefix, nil, coord.PersistentSequential),
		coord.CreateOp(e.path("parent", "plain"), nil, coord.Persistent),
		coord.CreateOp(prefix, nil, coord.EphemeralSequential),
		coord.DeleteOp(e.path("parent", "plain"), 0),
		coord.CreateOp(prefix, nil, coord.PersistentSequential),
	)
	for i, want := range map[int]string{0: prefix + "0000000000", 2: prefix + "0000000002", 4: prefix + "0000000003"} {
		if got := results[i].Path; got != want {
			e.Errorf("operation %d must make %s; it made %s", i, want, got)
		}
	}
	e.calm.mustNumber(parent, coord.PersistentSequential, 4)
}

func sequenceStartsOver(e *env) {
	parent := e.node("parent")
	e.calm.mustNumber(parent, coord.PersistentSequential, 0)
	e.calm.delete(e.path("parent", "q-0000000000"))
	e.calm.delete(parent)
	e.node("parent")
	e.calm.mustNumber(parent, coord.PersistentSequential, 0)
}

package coordtest

import (
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var multiChecks = []check{
	{"MultiAppliesAllAndReturnsAResultForEach", nil, multiAppliesAll},
	{"MultiOperationsSeeEarlierOnes", nil, multiSeesEarlier},
	{"MultiIsOneTransaction", nil, multiIsOneTransaction},
	{"MultiMakesNodesOfEveryMode", nil, multiMakesNodes},
	{"MultiOfChecksChangesNothing", nil, multiOfChecks},
	{"MultiIsSeenAsOneByOthers", nil, multiIsSeenAsOne},
	{"MultiMayBeLong", nil, multiMayBeLong},
}

func multiAppliesAll(e *env) {
	e.node("set")
	e.node("delete")
	results := e.calm.multi(
		coord.CreateOp(e.path("plain"), []byte("plain"), coord.Persistent),
		coord.SetOp(e.path("set"), []byte("set by multi"), 0),
		coord.DeleteOp(e.path("delete"), 0),
		coord.CheckOp(e.path("set"), 1),
		coord.CreateOp(e.path("q-"), []byte("numbered"), coord.PersistentSequential),
	)
	want := []string{e.path("plain"), "", "", "", e.path("q-0000000003")}
	for i, r := range results {
		if r.Path != want[i] {
			e.Errorf("result %d must have the path made, %q; got %q", i, want[i], r.Path)
		}
		if i != 1 && r.Stat != (coord.Stat{}) {
			e.Errorf("only a set has a Stat to return; result %d has %+v", i, r.Stat)
		}
	}
	if got, want := results[1].Stat, e.calm.stat(e.path("set")); got != want {
		e.Errorf("the result of a set must be the Stat of after it, %+v; got %+v", want, got)
	}
	e.calm.mustHold(e.path("plain"), []byte("plain"))
	e.calm.mustHold(e.path("set"), []byte("set by multi"))
	e.calm.mustHold(e.path("q-0000000003"), []byte("numbered"))
	e.calm.mustLack(e.path("delete"))
}

func multiSeesEarlier(e *env) {
	a, b := e.path("a"), e.path("a", "b")
	results := e.calm.multi(
		coord.CreateOp(a, nil, coord.Persistent),
		coord.CheckOp(a, 0),
		coord.CreateOp(b, []byte("first"), coord.Persistent),
		coord.SetOp(b, []byte("second"), 0),
		coord.CheckOp(b, 1),
		coord.SetOp(b, []byte("third"), 1),
		coord.DeleteOp(b, 2),
		coord.CreateOp(b, []byte("again"), coord.Persistent),
		coord.CheckOp(b, 0),
	)
	for i, version := range map[int]int32{3: 1, 5: 2} {
		if got := results[i].Stat.Version; got != version {
			e.Errorf("the set in operation %d must give version %d; got %d", i, version, got)
		}
	}
	e.calm.mustHold(b, []byte("again"))
	e.calm.multi(coord.DeleteOp(b, 0), coord.DeleteOp(a, 0))
	e.calm.mustLack(a)
}

func multiIsOneTransaction(e *env) {
	e.node("set")
	results := e.calm.multi(
		coord.CreateOp(e.path("a"), nil, coord.Persistent),
		coord.SetOp(e.path("set"), nil, 0),
		coord.CreateOp(e.path("a", "b"), nil, coord.Persistent),
	)
	zxid := results[1].Stat.Mzxid
	a, b := e.calm.stat(e.path("a")), e.calm.stat(e.path("a", "b"))
	if a.Czxid != zxid || b.Czxid != zxid || a.Pzxid != zxid {
		e.Errorf("all that a transaction did must carry its one zxid, %v; got %+v and %+v", zxid, a, b)
	}
	if root := e.calm.stat(e.root); root.Pzxid != zxid || root.NumChildren != 2 {
		e.Errorf("the parent must have a Pzxid of %v and 2 children; got %+v", zxid, root)
	}
}

func multiMakesNodes(e *env) {
	s := e.open()
	for _, mode := range modes {
		path := s.multi(coord.CreateOp(e.path("mode-"+mode.String()), []byte("data"), mode))[0].Path
		owner := coord.SessionID(0)
		if mode.IsEphemeral() {
			owner = s.ID()
		}
		if stat := e.calm.mustHold(path, []byte("data")); stat.EphemeralOwner != owner {
			e.Errorf("a node of mode %v must belong to %v; got %+v", mode, owner, stat)
		}
	}
	s.close()
	e.calm.barrier()
	if names := e.calm.children(e.root); len(names) != 2 {
		e.Errorf("when the session is closed the two persistent nodes must be left; got %q", names)
	}
}

func multiOfChecks(e *env) {
	path := e.node("n")
	e.calm.set(path, nil)
	before := e.snapshot()
	results := e.calm.multi(coord.CheckOp(path, 1), coord.CheckOp(e.root, coord.AnyVersion), coord.CheckOp(path, coord.AnyVersion))
	for i, r := range results {
		if r != (coord.Result{}) {
			e.Errorf("a check has no result to give; number %d gave %+v", i, r)
		}
	}
	e.mustBeAsBefore("a transaction of checks", before)
}

// multiIsSeenAsOne reads two nodes, one after the other, that are only ever changed together.
func multiIsSeenAsOne(e *env) {
	const last = 100
	first, second := e.node("first"), e.node("second")
	s := e.open()
	s.barrier()
	ctx := e.context()
	wait := e.meanwhile(func() error {
		for range last {
			if _, err := e.calm.Multi(ctx, coord.SetOp(first, nil, coord.AnyVersion), coord.SetOp(second, nil, coord.AnyVersion)); err != nil {
				return err
			}
		}
		return nil
	})
	for seen := int32(0); seen < last; {
		_, one := s.get(first)
		_, two := s.get(second)
		_, three := s.get(first)
		if two.Version < one.Version || three.Version < two.Version {
			e.Fatalf("nodes changed by one transaction must be seen changed together; they were read as %d, %d, %d",
				one.Version, two.Version, three.Version)
		}
		seen = three.Version
		if one.Version == three.Version {
			e.until("the writer goes on", func() bool { seen = s.stat(first).Version; return seen > one.Version || seen == last })
		}
	}
	wait()
}

func multiMayBeLong(e *env) {
	const n = 100
	ops := make([]coord.Op, n)
	for i := range ops {
		ops[i] = coord.CreateOp(e.path("q-"), []byte(strconv.Itoa(i)), coord.PersistentSequential)
	}
	for i, r := range e.calm.multi(ops...) {
		e.calm.mustRead("multi", r.Path, []byte(strconv.Itoa(i)))
	}
	if got := len(e.calm.children(e.root)); got != n {
		e.Errorf("a transaction of %d creates must make as many nodes; got %d", n, got)
	}
}

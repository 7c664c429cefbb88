package coordtest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

var modelChecks = []check{
	{"RandomCallsAnswerAsASimpleTreeWould", nil, func(e *env) { randomCalls(e, false) }},
	{"RandomTransactionsAnswerAsASimpleTreeWould", nil, func(e *env) { randomCalls(e, true) }},
}

// walk is a series of random calls by two sessions on a small tree, and the model of it. A seed gives the same walk each time.
type walk struct {
	env      *env
	rand     *rand.Rand
	root     string
	model    model
	sessions [2]*session
	history  []string
}

func randomCalls(e *env, transactions bool) {
	const seeds, steps = 4, 60
	for seed := range uint64(seeds) {
		w := &walk{env: e, rand: rand.New(rand.NewPCG(seed, 0)), root: e.path(fmt.Sprint(seed))}
		e.calm.create(w.root, nil, coord.Persistent)
		w.model = model{w.root: {}}
		w.sessions = [2]*session{e.open(), e.open()}
		for range steps {
			w.step(transactions)
			if e.Failed() {
				e.Fatalf("with seed %d, after:\n%s", seed, strings.Join(w.history, "\n"))
			}
		}
		w.compare()
	}
}

// step makes one call, or a session begin anew.
func (w *walk) step(transaction bool) {
	i := w.rand.IntN(len(w.sessions))
	if w.rand.IntN(30) == 0 {
		w.renew(i)
		return
	}
	ops := make([]coord.Op, 1)
	if transaction {
		ops = make([]coord.Op, 1+w.rand.IntN(4))
	}
	for j := range ops {
		ops[j] = w.randomOp()
	}
	after := maps.Clone(w.model)
	want, index, may := after.applyAll(ops, w.sessions[i].ID())
	made, err := w.call(w.sessions[i], ops, transaction)
	w.note("session %d: %+v gives %q, %v", i, ops, made, err)
	if !may.allow(err) {
		w.env.Errorf("the call must be refused with one of %q (nothing: it must succeed); got %v", may, err)
		return
	}
	if err == nil {
		w.model = after
		if !slices.Equal(made, want) {
			w.env.Errorf("the operations must make %q; they made %q", want, made)
		}
		return
	}
	if named := (*coord.Error)(nil); !errors.As(err, &named) || named.Index != index || named.Path != ops[index].Path {
		w.env.Errorf("operation %d, of %s, refused; the error names another: %v", index, ops[index].Path, err)
	}
	if w.rand.IntN(8) == 0 {
		w.compare()
	}
}

// renew ends a session and opens another in its place.
func (w *walk) renew(i int) {
	w.note("session %d ends", i)
	w.model.end(w.sessions[i].ID())
	w.sessions[i].close()
	w.sessions[i] = w.env.open()
	w.compare()
}

// call makes a transaction, or the one call of its own that the operation has.
func (w *walk) call(s *session, ops []coord.Op, transaction bool) (made []string, err error) {
	ctx := w.env.context()
	if op := ops[0]; !transaction && op.Type == coord.OpCreate {
		path, err := s.Create(ctx, op.Path, op.Data, op.Mode)
		return []string{path}, err
	} else if !transaction && op.Type != coord.OpCheck {
		return []string{""}, applyAlone(w.env, s, op)
	}
	results, err := s.Multi(ctx, ops...)
	for _, r := range results {
		made = append(made, r.Path)
	}
	return made, err
}

// randomOp is on a tree small enough that calls often meet.
func (w *walk) randomOp() coord.Op {
	path := w.root
	for range 1 + w.rand.IntN(2) {
		path = coord.JoinPath(path, string(rune('a'+w.rand.IntN(3))))
	}
	data := []byte(fmt.Sprint(w.rand.IntN(100)))
	version := int32(w.rand.IntN(5)) - 2
	if version < 0 {
		version = coord.AnyVersion
	}
	switch w.rand.IntN(8) {
	case 0, 1, 2:
		return coord.CreateOp(path, data, modes[w.rand.IntN(len(modes))])
	case 3, 4:
		return coord.SetOp(path, data, version)
	case 5, 6:
		return coord.DeleteOp(path, version)
	}
	return coord.CheckOp(path, version)
}

func (w *walk) compare() {
	seen := w.env.snapshot()
	delete(seen, w.env.root)
	for path := range seen {
		if path != w.root && !strings.HasPrefix(path, w.root+"/") {
			delete(seen, path) // of another seed
		}
	}
	if diff := w.model.differs(seen); diff != "" {
		w.env.Errorf("the tree is not what the calls make it:\n%s", diff)
	}
}

func (w *walk) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf(format, args...))
}

package linear

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// input is one operation of a client: a transaction, the end of its session, or a read.
type input struct {
	client int
	turn   int        // the number of the operation among the client's, or those of them that are judged together
	ops    []coord.Op // written at once; none for a read
	read   string     // the path of a node to read, with the names of its children
	leave  bool       // ends the session
}

// output is what the client was told.
type output struct {
	unknown bool  // the connection was lost: what was written may have taken effect
	refused error // the class of the refusal, or of why nothing was read
	index   int   // of the operation that was refused
	zxid    coord.Zxid
	results []coord.Result // with versions and counts alone in the stats
	data    string
	stat    coord.Stat // likewise
	names   []string
}

// state is a point in the order that is looked for.
type state struct {
	tree  *ztree.Tree
	turns map[int]int
	zxid  coord.Zxid // of the last operation that told it
	key   string     // all of the tree that an output can show
}

// model is a service with a root for a history, made by nobody, and a session for each client.
//
// A write of unknown outcome may take effect or not, but not later than the client's next operation: the contract lets nothing overtake
// it. So operations of a client stay in their order even where their times would allow another.
func model(root string, clients int, partition func([]porcupine.Operation) [][]porcupine.Operation) porcupine.Model {
	nondeterministic := porcupine.NondeterministicModel{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := partition(history)
			for _, part := range parts {
				number(part)
			}
			return parts
		},
		Init: func() []any { return []any{initial(root, clients)} },
		Step: func(s, in, out any) (next []any) {
			for _, n := range step(s.(*state), in.(input), out.(output)) {
				next = append(next, n)
			}
			return next
		},
		Equal: func(a, b any) bool { return a.(*state).key == b.(*state).key },
	}
	return nondeterministic.ToModel()
}

func initial(root string, clients int) *state {
	s := &state{tree: ztree.New(ztree.Options{}), turns: map[int]int{}}
	var x ztree.Txn
	for i := range clients {
		s.tree.OpenSession(&x, sessionOf(i), 1)
	}
	if _, _, err := s.tree.Create(&x, root, nil, coord.Persistent, nil); err != nil {
		panic(fmt.Sprintf("linear: the root %s: %v", root, err))
	}
	s.key = keyOf(s.tree)
	return s
}

func sessionOf(client int) coord.SessionID { return coord.SessionID(client + 1) }

// step returns what may come after s if the operation is next: nothing if it may not be, or not with that output.
func step(s *state, in input, out output) []*state {
	if s.turns[in.client] != in.turn || out.zxid != 0 && out.zxid <= s.zxid {
		return nil
	}
	idle := s.after(in, out, s.tree)
	if in.read != "" {
		if !sameOutput(look(s.tree, in.read), out) {
			return nil
		}
		return []*state{idle}
	}
	tree := s.tree.Clone()
	told := write(tree, in)
	switch {
	case out.unknown && told.refused != nil:
		return []*state{idle}
	case out.unknown:
		return []*state{idle, s.after(in, out, tree)}
	case !sameOutput(told, out):
		return nil
	}
	return []*state{s.after(in, out, tree)}
}

// after is the state with a tree, and the operation counted.
func (s *state) after(in input, out output, tree *ztree.Tree) *state {
	n := &state{tree: tree, turns: maps.Clone(s.turns), zxid: max(s.zxid, out.zxid), key: s.key}
	n.turns[in.client]++
	if tree != s.tree {
		n.key = keyOf(tree)
	}
	return n
}

func write(tree *ztree.Tree, in input) (out output) {
	x := ztree.Txn{Session: sessionOf(in.client)}
	if in.leave {
		out.refused = tree.CloseSession(&x, x.Session)
		return out
	}
	out.results, out.index, out.refused = tree.Multi(&x, in.ops)
	for i := range out.results {
		out.results[i].Stat = shown(out.results[i].Stat)
		if in.ops[i].Type == coord.OpCreate {
			out.results[i].Stat = coord.Stat{} // the contract does not tell
		}
	}
	return out
}

func look(tree *ztree.Tree, path string) (out output) {
	data, stat, err := tree.Get(path, nil)
	names, _, _ := tree.Children(nil, path, nil)
	slices.Sort(names)
	return output{refused: err, data: string(data), stat: shown(stat), names: names}
}

// shown is the part of a stat that does not depend on the service's counters and clock.
func shown(s coord.Stat) coord.Stat {
	return coord.Stat{
		Version: s.Version, Cversion: s.Cversion, EphemeralOwner: s.EphemeralOwner, DataLength: s.DataLength, NumChildren: s.NumChildren,
	}
}

func sameOutput(a, b output) bool {
	return errors.Is(b.refused, a.refused) && (a.refused == nil) == (b.refused == nil) && a.index == b.index &&
		slices.Equal(a.results, b.results) && a.data == b.data && a.stat == b.stat && slices.Equal(a.names, b.names)
}

// keyOf writes down a tree without zxids and times, of which every attempt takes some.
func keyOf(tree *ztree.Tree) string {
	var b strings.Builder
	for paths := []string{"/"}; len(paths) > 0; paths = paths[1:] {
		out := look(tree, paths[0])
		fmt.Fprintf(&b, "%s %q %v\n", paths[0], out.data, out.stat)
		for _, name := range out.names {
			paths = append(paths, coord.JoinPath(paths[0], name))
		}
	}
	tree.Sessions(func(id coord.SessionID, _ int32) bool {
		fmt.Fprint(&b, id)
		return true
	})
	return b.String()
}

// whole judges all operations together.
func whole(history []porcupine.Operation) [][]porcupine.Operation {
	return [][]porcupine.Operation{history}
}

// byPath judges the operations on each node by themselves. That is sound where each is on one node, the parent of all stays, and
// nobody looks at it: such nodes are objects of their own, and an order for each is all that there is to find.
func byPath(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, op := range history {
		in := op.Input.(input)
		path := in.read
		if path == "" {
			path = in.ops[0].Path
		}
		parts[path] = append(parts[path], op)
	}
	return slices.Collect(maps.Values(parts))
}

// number counts the operations of each client.
func number(history []porcupine.Operation) {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	turns := map[int]int{}
	for i := range history {
		in := history[i].Input.(input)
		in.turn = turns[in.client]
		turns[in.client]++
		history[i].Input = in
	}
}

// searchTimeout bounds the search for an order, which takes milliseconds for histories of this size.
const searchTimeout = time.Minute

// judge returns nil if there is an order that fits the history. It never takes a search that was given up for one that succeeded.
func judge(m porcupine.Model, history []porcupine.Operation) error {
	switch porcupine.CheckOperationsTimeout(m, history, searchTimeout) {
	case porcupine.Ok:
		return nil
	case porcupine.Illegal:
		return errNoOrder
	}
	return fmt.Errorf("no order was found for %d operations, nor that there is none, in %v", len(history), searchTimeout)
}

var errNoOrder = errors.New("no order of the operations fits what the clients were told")

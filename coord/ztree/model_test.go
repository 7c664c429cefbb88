package ztree_test

import (
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

var (
	alice    = ztree.Identity{Scheme: "digest", ID: "alice:hash"}
	readOnly = []coord.ACL{{Perms: coord.PermRead, Scheme: "world", ID: "anyone"}}
	hers     = []coord.ACL{{Perms: coord.PermAll, Scheme: "digest", ID: "alice:hash"}}
)

// Few names, so that operations meet.
func drawPath(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`(/[abc]){1,3}`),
		rapid.StringMatching(`(/[a-z]){1,2}`),
		rapid.SampledFrom([]string{"/", "", "a", "/a/", "//a", "/a/..", "/a\x00", "/a/q", "/a/q0000000001"}),
	).Draw(t, "path")
}

func drawOp(t *rapid.T) coord.Op {
	path := drawPath(t)
	data := rapid.SampledFrom([][]byte{nil, {}, []byte("x"), []byte("yy")}).Draw(t, "data")
	version := rapid.SampledFrom([]int32{-1, -1, 0, 1, 2, -2}).Draw(t, "version")
	switch rapid.IntRange(0, 5).Draw(t, "type") {
	case 0, 1:
		mode := rapid.SampledFrom([]coord.CreateMode{
			0, 0, 1, 1, 2, 3, ztree.Container, ztree.ContainerSequential, ztree.TTL, ztree.TTLSequential, 4, ztree.Container | ztree.TTL,
		}).Draw(t, "mode")
		acl := rapid.SampledFrom([][]coord.ACL{nil, nil, nil, nil, readOnly, hers, {}}).Draw(t, "acl")
		return coord.CreateOp(path, data, mode, acl...)
	case 2:
		return coord.SetOp(path, data, version)
	case 3, 4:
		return coord.DeleteOp(path, version)
	}
	return coord.CheckOp(path, version)
}

// pair is a tree and its twin, driven alike.
type pair struct {
	tree *ztree.Tree
	twin *twin
	x    ztree.Txn
	next coord.SessionID
}

func newPair() *pair { return &pair{tree: ztree.New(ztree.Options{}), twin: newTwin(), next: 1} }

func (p *pair) actor(t *rapid.T) {
	p.x.Now++
	p.x.Session = coord.SessionID(rapid.IntRange(0, int(p.next)).Draw(t, "session"))
	p.twin.ttl = rapid.SampledFrom([]int64{1, 3, 10, 0, ztree.MaxTTL + 1}).Draw(t, "ttl")
	p.x.Auth = nil
	if rapid.Bool().Draw(t, "alice") {
		p.x.Auth = []ztree.Identity{alice}
	}
}

func (p *pair) single(t *rapid.T) {
	p.actor(t)
	op := drawOp(t)
	before := withoutZxid(p.tree)
	got, err := one(p.tree, &p.x, op, p.twin.ttl)
	want, changes, _, wantErr := p.twin.write(&p.x, []coord.Op{op})
	p.agree(t, changes, err, wantErr, before)
	if err == nil && got != want[0] {
		t.Fatalf("%+v: got %+v, want %+v", op, got, want[0])
	}
}

func one(tree *ztree.Tree, x *ztree.Txn, op coord.Op, ttl int64) (r coord.Result, err error) {
	switch op.Type {
	case coord.OpCreate:
		r.Path, r.Stat, err = tree.CreateTTL(x, op.Path, op.Data, op.Mode, op.ACL, ttl)
	case coord.OpSet:
		r.Stat, err = tree.Set(x, op.Path, op.Data, op.Version)
	case coord.OpDelete:
		err = tree.Delete(x, op.Path, op.Version)
	case coord.OpCheck:
		err = tree.Check(x, op.Path, op.Version)
	}
	return r, err
}

func (p *pair) multi(t *rapid.T) {
	p.actor(t)
	ops := rapid.SliceOfN(rapid.Custom(drawOp), 0, 5).Draw(t, "ops")
	before := withoutZxid(p.tree)
	got, refused, err := p.tree.MultiTTL(&p.x, ops, slices.Repeat([]int64{p.twin.ttl}, len(ops)))
	want, changes, wantRefused, wantErr := p.twin.write(&p.x, ops)
	p.agree(t, changes, err, wantErr, before)
	if refused != wantRefused || !slices.Equal(got, want) {
		t.Fatalf("%+v: got %+v, refused %d, want %+v, %d", ops, got, refused, want, wantRefused)
	}
}

func (p *pair) open(*rapid.T) {
	p.tree.OpenSession(&p.x, p.next, 4000)
	p.twin.zxid++
	p.twin.sessions[p.next] = true
	p.next++
}

func (p *pair) close(t *rapid.T) {
	id := coord.SessionID(rapid.IntRange(1, int(p.next)).Draw(t, "session"))
	before := withoutZxid(p.tree)
	err := p.tree.CloseSession(&p.x, id)
	changes, wantErr := p.twin.closeSession(id)
	p.agree(t, changes, err, wantErr, before)
}

// reap removes what has outlived its use.
func (p *pair) reap(t *rapid.T) {
	p.x.Now++
	paths, want := p.tree.Outlived(nil, p.x.Now), p.twin.outlived(p.x.Now)
	if !slices.Equal(paths, want) || p.tree.Perishable() < len(paths) {
		t.Fatalf("to be removed are %q of %d, want %q", paths, p.tree.Perishable(), want)
	}
	for _, path := range paths {
		p.twin.zxid++
		p.twin.drop(path)
		p.agree(t, []ztree.Change{{Type: coord.NodeDeleted, Path: path}}, p.tree.Reap(&p.x, path), nil, nil)
	}
}

// agree holds the outcomes of one write against each other, and that a refused one has changed nothing but the zxid.
func (p *pair) agree(t *rapid.T, changes []ztree.Change, err, want error, before []byte) {
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		t.Fatalf("got %v, want %v", err, want)
	}
	if !slices.EqualFunc(p.x.Changes, changes, func(a, b ztree.Change) bool { return a.Bare() == b }) {
		t.Fatalf("changes %v, want %v", p.x.Changes, changes)
	}
	if err != nil && !slices.Equal(before, withoutZxid(p.tree)) {
		t.Fatalf("refused with %v, but the tree has changed", err)
	}
}

func withoutZxid(tree *ztree.Tree) []byte {
	buf := tree.AppendTo(nil)
	_, n := binary.Uvarint(buf)
	return buf[n:]
}

// A clone taken at any moment stays as it was, and goes the same way when driven the same way.
func (p *pair) clone(t *rapid.T) {
	c := p.tree.Clone()
	before := c.AppendTo(nil)
	if !slices.Equal(before, p.tree.AppendTo(nil)) {
		t.Fatal("a clone is not equal")
	}
	old := p.tree
	p.tree = c
	p.single(t)
	if !slices.Equal(before, old.AppendTo(nil)) {
		t.Fatal("writing to a clone has changed the original")
	}
}

func TestTreeDoesWhatItsTwinDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPair()
		t.Repeat(map[string]func(*rapid.T){
			"single": p.single, "single2": p.single, "multi": p.multi, "open": p.open, "close": p.close, "clone": p.clone, "reap": p.reap,
			"": func(t *rapid.T) {
				if err := p.twin.differs(p.tree); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

// The same walk through a tree above the size from which paths are looked up in a map, and across that border.
func TestLargeTreeDoesWhatItsTwinDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPair()
		for c := range rapid.IntRange(26, 34).Draw(t, "size") {
			op := coord.CreateOp("/n"+string(rune('A'+c)), nil, coord.Persistent)
			if _, err := one(p.tree, &p.x, op, 0); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := p.twin.write(&p.x, []coord.Op{op}); err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"single": p.single, "multi": p.multi, "open": p.open, "close": p.close, "clone": p.clone,
		})
		if err := p.twin.differs(p.tree); err != nil {
			t.Fatal(err)
		}
	})
}

// Different histories that lead to the same state encode alike, wherever the nodes ended up in memory.
func TestEncodingShowsStateNotHistory(t *testing.T) {
	build := func(detour bool) *ztree.Tree {
		tree := ztree.New(ztree.Options{})
		x := ztree.Txn{Now: 1}
		steps := [][]coord.Op{
			{coord.CreateOp("/a", nil, coord.Persistent)},
			{coord.CreateOp("/b", []byte("x"), coord.Persistent), coord.CreateOp("/a/c", nil, coord.Persistent)},
		}
		if detour {
			steps = slices.Insert(steps, 1, []coord.Op{
				coord.CreateOp("/a/tmp", nil, coord.Persistent), coord.CreateOp("/a/tmp/x", nil, coord.Persistent),
				coord.DeleteOp("/a/tmp/x", -1), coord.CheckOp("/nowhere", -1),
			})
		} else {
			steps = slices.Insert(steps, 1, []coord.Op{coord.CheckOp("/nowhere", -1)})
		}
		for _, ops := range steps {
			_, _, _ = tree.Multi(&x, ops)
		}
		return tree
	}
	if a, b := build(false).AppendTo(nil), build(true).AppendTo(nil); !reflect.DeepEqual(a, b) {
		t.Errorf("equal states encode differently:\n%x\n%x", a, b)
	}
}

package faithful

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
)

// chart draws steps.
type chart struct {
	made []string // the paths of nodes that were made, the last ones
}

// opening makes nodes for the steps that follow to meet at, and watches them.
func (c *chart) opening() []step {
	return []step{
		{kind: create, client: 0, op: coord.CreateOp("/a", nil, coord.Persistent)},
		{kind: create, client: 1, op: coord.CreateOp("/a/x", []byte("x"), coord.Ephemeral)},
		{kind: children, client: 2, op: coord.Op{Path: "/a"}, watch: true},
		{kind: get, client: 0, op: coord.Op{Path: "/a/x"}, watch: true},
		{kind: exists, client: 1, op: coord.Op{Path: "/b"}, watch: true},
	}
}

// learn notes what a step has made.
func (c *chart) learn(a answer) {
	c.made = append(c.made, a.Path)
	for _, r := range a.Results {
		c.made = append(c.made, r.Path)
	}
	c.made = slices.DeleteFunc(c.made, func(path string) bool { return path == "" || path == "/" })
	c.made = c.made[max(0, len(c.made)-4):]
}

// die is a number from 0 to 63, each as likely as the others: the ranges of package rapid prefer small ones.
var die = rapid.Custom(func(t *rapid.T) (n int) {
	for range 6 {
		n <<= 1
		if rapid.Bool().Draw(t, "bit") {
			n |= 1
		}
	}
	return n
})

func draw[T any](t *rapid.T, label string, from ...T) T {
	return from[die.Draw(t, label)*len(from)/64]
}

// seldom is true once in 64 times for each of the chances.
func seldom(t *rapid.T, label string, chances int) bool { return die.Draw(t, label) >= 64-chances }

// step draws one. What comes first is what a failing sequence is shrunk to.
func (c *chart) step(t *rapid.T) step {
	s := step{client: draw(t, "client", 0, 1, 2)}
	s.kind = draw(t, "kind", create, create, create, create, create, create, create, remove, remove, set, set, get, get, get,
		exists, exists, exists, exists, children, children, children, multi, multi, multi, multi, multi, barrier,
		reopen, reconnect, leave, leave, back, back, back, back)
	switch s.kind {
	case create:
		s.op = c.create(t)
	case set:
		s.op = coord.SetOp(c.path(t), bytes(t), version(t))
	case remove:
		s.op = c.remove(t)
	case get, exists, children:
		s.op.Path = c.path(t)
		s.watch = draw(t, "watch", true, true, false)
	case barrier:
		s.op.Path = c.path(t)
	case multi:
		n := draw(t, "size", 1, 1, 2, 2, 3, 3, 4, 0)
		s.ops = rapid.SliceOfN(rapid.Custom(c.part), n, n).Draw(t, "parts")
	default:
		return s
	}
	s.late = seldom(t, "late", 1)
	return s
}

func (c *chart) part(t *rapid.T) coord.Op {
	switch draw(t, "part", coord.OpCreate, coord.OpCreate, coord.OpDelete, coord.OpSet, coord.OpCheck) {
	case coord.OpCreate:
		return c.create(t)
	case coord.OpDelete:
		return c.remove(t)
	case coord.OpSet:
		return coord.SetOp(c.path(t), bytes(t), version(t))
	}
	return coord.CheckOp(c.path(t), version(t))
}

// remove spares the root of the sequence: a service's own root cannot be deleted.
func (c *chart) remove(t *rapid.T) coord.Op {
	path := c.path(t)
	if path == "/" {
		path = "/b"
	}
	return coord.DeleteOp(path, version(t))
}

func (c *chart) create(t *rapid.T) coord.Op {
	mode := draw(t, "mode", coord.Persistent, coord.Persistent, coord.Persistent, coord.Persistent, coord.Ephemeral, coord.Ephemeral,
		coord.PersistentSequential, coord.EphemeralSequential)
	if seldom(t, "no mode", 1) {
		mode = coord.CreateMode(7)
	}
	return coord.CreateOp(c.likely(t), bytes(t), mode, c.acl(t)...)
}

// path draws one that was made, most of the time.
func (c *chart) path(t *rapid.T) string {
	if len(c.made) > 0 && draw(t, "made", true, true, false) {
		return draw(t, "path", c.made...)
	}
	return c.likely(t)
}

// likely draws from so few that steps meet.
func (c *chart) likely(t *rapid.T) string {
	if seldom(t, "odd", 3) {
		return draw(t, "odd path", "/a/", "/é", "/a b", "/.a", "/...", "//", "/b//x", "/.", "/a/..", "/\uE000", "/\x00", "/\u0085",
			"/\U0001F600", "/\xff", "", "a")
	}
	return draw(t, "path", "/a", "/a/x", "/b", "/a/y", "/a/x/deep", "/b/x", "/s-", "/a/s-", "/s-0000000001", "/a0000000002",
		"/a/0000000001", "/")
}

func bytes(t *rapid.T) []byte {
	return draw(t, "data", nil, []byte("x"), []byte{}, []byte("several bytes"), []byte("\x00\xff"))
}

func version(t *rapid.T) int32 {
	return draw[int32](t, "version", coord.AnyVersion, coord.AnyVersion, coord.AnyVersion, coord.AnyVersion, coord.AnyVersion, 0, 0, 1, 2,
		-2, 1<<31-1)
}

// aliceHash is of "alice:secret", as ZooKeeper's DigestAuthenticationProvider makes it. No session here is alice.
const aliceHash = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="

// acl draws nothing in most cases.
func (c *chart) acl(t *rapid.T) []coord.ACL {
	if !seldom(t, "with ACL", 8) {
		return nil
	}
	entry := func(perms coord.Perms, scheme, id string) coord.ACL {
		return coord.ACL{Perms: perms, Scheme: scheme, ID: id}
	}
	lists := [][]coord.ACL{
		{entry(coord.PermAll, "world", "anyone")},
		{entry(coord.PermRead, "world", "anyone")},
		{entry(coord.PermAll&^coord.PermCreate, "world", "anyone")},
		{entry(coord.PermAll&^coord.PermDelete, "world", "anyone")},
		{entry(coord.PermAll&^coord.PermWrite, "world", "anyone")},
		{entry(coord.PermAll, "ip", "127.0.0.0/8")},
		{entry(coord.PermWrite, "ip", "127.0.0.1"), entry(coord.PermRead, "world", "anyone")},
		{entry(coord.PermAll, "digest", aliceHash), entry(coord.PermRead|coord.PermCreate, "world", "anyone")},
		{entry(coord.PermAll, "world", "somebody")},
		{entry(coord.PermAll, "ip", "nowhere")},
		{entry(coord.PermAll, "digest", "a:b:c")},
		{entry(coord.PermAll, "auth", "")},
		{entry(coord.PermAll, "", "")},
		// Nodes that nobody here may read: what happens to them is told to no watcher.
		{entry(coord.PermAll&^coord.PermRead, "world", "anyone")},
		{entry(coord.PermAll, "digest", aliceHash)},
		{entry(coord.PermAll, "ip", "10.0.0.1")},
		{entry(0, "world", "anyone")},
	}
	return draw(t, "acl", lists...)
}

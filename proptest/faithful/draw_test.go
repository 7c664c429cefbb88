package faithful

import (
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
)

// chart draws steps.
type chart struct {
	// guarded sequences have nodes that not everybody may read, and no watches: a server with the remedy for CVE-2024-23944, as Debian's
	// 3.8.0 is, keeps from a watcher what happens to a node that it may not read. The fakes tell.
	guarded bool
}

func draw[T any](t *rapid.T, label string, from ...T) T {
	return from[rapid.IntRange(0, len(from)-1).Draw(t, label)]
}

// step draws one. What comes first is what a failing sequence is shrunk to.
func (c chart) step(t *rapid.T) step {
	s := step{client: rapid.IntRange(0, numClients-1).Draw(t, "client")}
	s.kind = draw(t, "kind", create, create, create, create, remove, remove, remove, set, set, get, get, exists, exists, exists,
		children, children, children, multi, multi, multi, multi, barrier, reopen, reconnect, leave, back, back, back)
	switch s.kind {
	case create:
		s.op = c.create(t)
	case set:
		s.op = coord.SetOp(path(t), bytes(t), version(t))
	case remove:
		s.op = coord.DeleteOp(path(t), version(t))
	case get, exists, children:
		s.op.Path = path(t)
		s.watch = !c.guarded && rapid.IntRange(0, 2).Draw(t, "watch") > 0
	case barrier:
		s.op.Path = path(t)
	case multi:
		s.ops = rapid.SliceOfN(rapid.Custom(c.part), 0, 4).Draw(t, "parts")
	default:
		return s
	}
	s.late = rapid.IntRange(0, 29).Draw(t, "late") == 29
	return s
}

func (c chart) part(t *rapid.T) coord.Op {
	switch draw(t, "part", coord.OpCreate, coord.OpCreate, coord.OpDelete, coord.OpSet, coord.OpCheck) {
	case coord.OpCreate:
		return c.create(t)
	case coord.OpDelete:
		return coord.DeleteOp(path(t), version(t))
	case coord.OpSet:
		return coord.SetOp(path(t), bytes(t), version(t))
	}
	return coord.CheckOp(path(t), version(t))
}

func (c chart) create(t *rapid.T) coord.Op {
	mode := draw(t, "mode", coord.Persistent, coord.Persistent, coord.Ephemeral, coord.Ephemeral, coord.PersistentSequential,
		coord.EphemeralSequential, coord.CreateMode(7))
	if mode == coord.CreateMode(7) && rapid.IntRange(0, 4).Draw(t, "no mode") < 4 {
		mode = coord.Persistent
	}
	return coord.CreateOp(path(t), bytes(t), mode, c.acl(t)...)
}

// path draws from so few that steps meet: most are good, and some are what a sequence number makes of another.
func path(t *rapid.T) string {
	if rapid.IntRange(0, 11).Draw(t, "odd") < 11 {
		return draw(t, "path", "/a", "/a", "/a", "/b", "/a/x", "/a/x", "/a/y", "/b/x", "/a/x/deep", "/s-", "/a/s-", "/",
			"/s-0000000001", "/a0000000002", "/a/0000000001")
	}
	return draw(t, "odd path", "/a/", "/é", "/a b", "/.a", "/...", "//", "/b//x", "/.", "/a/..", "/\uE000", "/\x00", "/\u0085", "/\U0001F600",
		"/\xff", "", "a")
}

func bytes(t *rapid.T) []byte {
	return draw(t, "data", nil, []byte("x"), []byte{}, []byte("several bytes"), []byte("\x00\xff"))
}

func version(t *rapid.T) int32 {
	return draw[int32](t, "version", coord.AnyVersion, coord.AnyVersion, coord.AnyVersion, 0, 0, 1, 2, -2, 1<<31-1)
}

// aliceHash is of "alice:secret", as ZooKeeper's DigestAuthenticationProvider makes it. No session here is alice.
const aliceHash = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E="

// acl draws nothing in most cases.
func (c chart) acl(t *rapid.T) []coord.ACL {
	if rapid.IntRange(0, 3).Draw(t, "with ACL") < 3 {
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
	}
	if c.guarded {
		lists = append(lists,
			[]coord.ACL{entry(coord.PermAll&^coord.PermRead, "world", "anyone")},
			[]coord.ACL{entry(coord.PermAll, "digest", aliceHash)},
			[]coord.ACL{entry(coord.PermAll, "ip", "10.0.0.1")},
			[]coord.ACL{entry(0, "world", "anyone")})
	}
	return draw(t, "acl", lists...)
}

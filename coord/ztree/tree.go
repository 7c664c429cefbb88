package ztree

import (
	"cmp"
	"maps"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// Tree is the replicated state of a service. Make it with [New]; copy it with [Tree.Clone], never by assignment.
type Tree struct {
	zxid coord.Zxid

	// The nodes live in one slice and refer to each other by position, so that a clone is one copy. Position 0 is the root; as a
	// link 0 means none, for the root is nobody's child, sibling or ephemeral. Free positions have an empty path and are
	// chained by next.
	nodes []node
	free  int32
	tally

	enforceQuota bool

	// index finds a position by path. It is nil while the tree is small: there a scan is as fast, and a clone much faster.
	index map[string]int32

	sessions []session // by id
}

// tally counts what is in the tree, so that nobody looks for what is not.
type tally struct {
	count      int32 // nodes
	perishable int32 // nodes among them that go by themselves: containers, and those with a time to live
	limits     int32 // quotas
	size       int64 // of all nodes together, see Size
}

// indexAbove is the number of nodes above which paths are looked up in a map.
const indexAbove = 32

// Options says what a new tree holds. The zero value is an empty tree that has seen no transaction.
type Options struct {
	Zxid   coord.Zxid // of the last transaction before the tree's first
	System bool       // with /zookeeper, /zookeeper/config and /zookeeper/quota, which clients of a server expect

	// EnforceQuota refuses writes that would exceed the hard limits of a quota; otherwise quotas only count, as in a server with
	// zookeeper.enforceQuota at its default.
	EnforceQuota bool
}

// New returns a tree with a root.
func New(o Options) *Tree {
	t := &Tree{zxid: o.Zxid, nodes: make([]node, 1, 8), tally: tally{count: 1, size: 1}, enforceQuota: o.EnforceQuota}
	t.nodes[0] = node{path: "/", data: []byte{}}
	if o.System {
		t.addSystemNodes()
	}
	return t
}

// addSystemNodes makes what a server starts with (DataTree's constructor and addConfigNode). These nodes come from no
// transaction: they carry no zxid, no time, and the parents' create counters do not count them.
func (t *Tree) addSystemNodes() {
	var u undoLog
	for _, path := range []string{systemPath, quotaPath, configPath} {
		parent, _ := t.lookup(parentOf(path))
		at := t.alloc(&u)
		t.nodes[at] = node{path: path, data: []byte{}, parent: parent}
		t.linkChild(&u, at)
		t.indexAdd(path, at)
		t.size += int64(len(path))
	}
	config, _ := t.lookup(configPath)
	t.nodes[config].acl = &guard{{Perms: coord.PermRead, Scheme: "world", ID: "anyone"}}
	t.size += t.nodes[config].size() - int64(len(configPath))
	t.nodes[config].aversion = -1 // as a server leaves it, having set this ACL with "any version"
}

const (
	systemPath = "/zookeeper"
	quotaPath  = "/zookeeper/quota"
	configPath = "/zookeeper/config"
)

// Zxid is the number of the last transaction.
func (t *Tree) Zxid() coord.Zxid { return t.zxid }

// Len is the number of nodes, the root included.
func (t *Tree) Len() int { return int(t.count) }

// Clone returns an independent copy. Data and ACLs are shared: they are never modified.
func (t *Tree) Clone() *Tree {
	c := &Tree{}
	t.CloneInto(c)
	return c
}

// CloneInto makes dst a copy of t, in the memory that dst has already where it suffices.
func (t *Tree) CloneInto(dst *Tree) {
	dst.zxid, dst.free, dst.tally, dst.enforceQuota = t.zxid, t.free, t.tally, t.enforceQuota
	dst.nodes = append(dst.nodes[:0], t.nodes...)
	dst.sessions = append(dst.sessions[:0], t.sessions...)
	dst.index = maps.Clone(t.index)
}

// lookup finds a node. As in a server, "" is the root as well; any other malformed path is just no node.
func (t *Tree) lookup(path string) (int32, bool) {
	switch {
	case path == "/" || path == "":
		return 0, true
	case t.index != nil:
		at, ok := t.index[path]
		return at, ok
	}
	for i := 1; i < len(t.nodes); i++ {
		if t.nodes[i].path == path {
			return int32(i), true
		}
	}
	return 0, false
}

func (t *Tree) indexAdd(path string, at int32) {
	if t.index != nil {
		t.index[path] = at
		return
	}
	if t.count <= indexAbove {
		return
	}
	t.index = make(map[string]int32, 2*indexAbove)
	for i := range t.nodes {
		if p := t.nodes[i].path; i > 0 && p != "" {
			t.index[p] = int32(i)
		}
	}
}

func (t *Tree) indexRemove(path string) {
	if t.index != nil {
		delete(t.index, path)
	}
}

// A session as the ensemble replicates it: who is alive is the leader's own business, see [Tracker].
type session struct {
	id          coord.SessionID
	timeout     int32 // in milliseconds, as first negotiated
	first, last int32 // its ephemeral nodes, in order of creation
}

func (t *Tree) findSession(id coord.SessionID) (int, bool) {
	return slices.BinarySearchFunc(t.sessions, id, func(s session, id coord.SessionID) int { return cmp.Compare(s.id, id) })
}

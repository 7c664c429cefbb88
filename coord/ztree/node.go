package ztree

import (
	"math"

	"github.com/hamaster/hamaster/coord"
)

// node is one place in the arena. Data and acl are never modified in place, so that clones can share them.
type node struct {
	path string // "" for a free place
	data []byte // nil if the client sent null
	acl  *guard

	czxid, mzxid, pzxid coord.Zxid
	ctime, mtime        int64
	owner               owner

	version, aversion int32
	creates           int32 // of children, ever: the source of sequence numbers
	children          int32 // at present

	parent      int32
	first, last int32 // children, in order of creation
	prev, next  int32 // siblings

	ownPrev, ownNext int32 // the owner's other ephemeral nodes, in order of creation
}

func (n *node) stat() coord.Stat {
	return coord.Stat{
		Czxid: n.czxid, Mzxid: n.mzxid, Pzxid: n.pzxid, Ctime: n.ctime, Mtime: n.mtime,
		Version: n.version, Aversion: n.aversion,
		// Creations and deletions: a server stores the former alone and derives the sum (DataNode.copyStat).
		Cversion:       2*n.creates - n.children,
		EphemeralOwner: n.owner.session(), DataLength: int32(len(n.data)), NumChildren: n.children,
	}
}

// alloc returns a zeroed place.
func (t *Tree) alloc(u *undoLog) int32 {
	t.count++
	if at := t.free; at != 0 {
		u.touch(t, at)
		t.free = t.nodes[at].next
		t.nodes[at] = node{}
		return at
	}
	t.nodes = append(t.nodes, node{})
	at := int32(len(t.nodes) - 1)
	u.touch(t, at)
	return at
}

// release gives back a place that nothing links to any more.
func (t *Tree) release(u *undoLog, at int32) {
	u.touch(t, at)
	t.nodes[at] = node{next: t.free}
	t.free = at
	t.count--
}

// linkChild puts a node at the end of its parent's children.
func (t *Tree) linkChild(u *undoLog, at int32) {
	n := &t.nodes[at]
	u.touch(t, n.parent)
	p := &t.nodes[n.parent]
	n.prev, n.next = p.last, 0
	if p.last != 0 {
		u.touch(t, p.last)
		t.nodes[p.last].next = at
	} else {
		p.first = at
	}
	p.last = at
	p.children++
}

func (t *Tree) unlinkChild(u *undoLog, at int32) {
	n := &t.nodes[at]
	u.touch(t, n.parent)
	p := &t.nodes[n.parent]
	if n.prev != 0 {
		u.touch(t, n.prev)
		t.nodes[n.prev].next = n.next
	} else {
		p.first = n.next
	}
	if n.next != 0 {
		u.touch(t, n.next)
		t.nodes[n.next].prev = n.prev
	} else {
		p.last = n.prev
	}
	p.children--
}

// linkOwned puts an ephemeral node at the end of its session's list.
func (t *Tree) linkOwned(u *undoLog, at int32, s int) {
	u.touchSession(t, s)
	own := &t.sessions[s]
	t.nodes[at].ownPrev, t.nodes[at].ownNext = own.last, 0
	if own.last != 0 {
		u.touch(t, own.last)
		t.nodes[own.last].ownNext = at
	} else {
		own.first = at
	}
	own.last = at
}

func (t *Tree) unlinkOwned(u *undoLog, at int32) {
	n := &t.nodes[at]
	s, ok := t.findSession(n.owner.session())
	if !ok {
		panic("ztree: " + n.path + " is owned by " + n.owner.session().String() + ", which is no session")
	}
	u.touchSession(t, s)
	own := &t.sessions[s]
	if n.ownPrev != 0 {
		u.touch(t, n.ownPrev)
		t.nodes[n.ownPrev].ownNext = n.ownNext
	} else {
		own.first = n.ownNext
	}
	if n.ownNext != 0 {
		u.touch(t, n.ownNext)
		t.nodes[n.ownNext].ownPrev = n.ownPrev
	} else {
		own.last = n.ownPrev
	}
}

// countCreation notes that a child has been made. A counter at its end stays there, and then pzxid stays as well: DataTree.createNode
// takes over either only if the former grows. The next sequential child has the same number.
func (n *node) countCreation(zxid coord.Zxid) {
	if n.creates < math.MaxInt32 {
		n.creates++
		n.pzxid = zxid
	}
}

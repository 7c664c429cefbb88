package ztree

import (
	"math"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// The modes of nodes that the service removes by itself, beside those of package coord. What they are in a client's request differs from
// operation to operation, so these values are none of the protocol's.
const (
	// Container nodes go when they have no children but once had one.
	Container           coord.CreateMode = 0x10
	ContainerSequential                  = Container | coord.PersistentSequential
	// TTL nodes go when they have no children and their data has not changed for their time to live.
	TTL           coord.CreateMode = 0x20
	TTLSequential                  = TTL | coord.PersistentSequential
)

// MaxTTL is the longest time to live, in milliseconds: about 34 years (EphemeralType.TTL.maxValue).
const MaxTTL = 1<<40 - 1

// owner is what a server stores as ephemeralOwner (EphemeralType): 0, a session's id, or what marks a container or a TTL node. Of these
// a client only sees the session.
type owner int64

const (
	containerOwner owner = math.MinInt64
	ttlOwner       owner = -1 << 56 // and the time to live in the last five bytes
)

// ownerOf is the owner of a node that session makes, or false if there is no such mode or no such time to live.
func ownerOf(mode coord.CreateMode, session coord.SessionID, ttl int64) (_ owner, ok bool) {
	switch mode &^ coord.PersistentSequential {
	case coord.Persistent:
		return 0, true
	case coord.Ephemeral:
		return owner(session), true
	case Container:
		return containerOwner, true
	case TTL:
		return ttlOwner | owner(ttl), 0 < ttl && ttl <= MaxTTL
	}
	return 0, false
}

// session is the owner if that is a session, and otherwise 0.
func (o owner) session() coord.SessionID {
	if o == containerOwner || o&ttlOwner == ttlOwner {
		return 0
	}
	return coord.SessionID(o)
}

// outlived reports whether the node has no reason to be there any more.
func (n *node) outlived(now int64) bool {
	switch {
	case n.children > 0 || n.owner == 0 || n.owner.session() != 0:
		return false
	case n.owner == containerOwner:
		// A new container waits for its first child.
		return n.creates > 0
	}
	return now-n.mtime > int64(n.owner&^ttlOwner)
}

// Perishable is the number of containers and of nodes with a time to live: while it is 0, [Tree.Outlived] will find none.
func (t *Tree) Perishable() int { return int(t.perishable) }

// Outlived appends to dst, in order, the paths of the nodes that the service should remove now, in milliseconds since 1970, by one
// [Tree.Reap] each. A server looks once a minute (ContainerManager); a container that is left empty by this is found the next time.
func (t *Tree) Outlived(dst []string, now int64) []string {
	if t.perishable == 0 {
		return dst
	}
	start := len(dst)
	for i := range t.nodes {
		if n := &t.nodes[i]; n.path != "" && n.outlived(now) {
			dst = append(dst, n.path)
		}
	}
	slices.Sort(dst[start:])
	return dst
}

// Reap removes a node that [Tree.Outlived] has named, in a transaction of its own, if it still has no children and is of such a kind. As
// in a server (deleteContainer) nobody's permissions count. Errors: ErrInvalid, ErrNoNode, ErrNotEmpty, ErrBadVersion (of another kind).
func (t *Tree) Reap(x *Txn, path string) error {
	t.Skip(x)
	if !deletable(path) {
		return coord.ErrInvalid
	}
	at, ok := t.lookup(path)
	switch {
	case !ok:
		return coord.ErrNoNode
	case t.nodes[at].children > 0:
		return coord.ErrNotEmpty
	case t.nodes[at].owner == 0 || t.nodes[at].owner.session() != 0:
		return coord.ErrBadVersion
	}
	var u undoLog
	t.remove(x, &u, at)
	return nil
}

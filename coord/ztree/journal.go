package ztree

import (
	"cmp"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// Commit is a transaction that has changed nodes, and what it left.
type Commit struct {
	Zxid    coord.Zxid
	Session coord.SessionID // whose request it was; 0 if it is the service's own, as the removal of what a session leaves is
	Changes []NodeChange    // in order
}

// NodeChange is what became of one node. Data and Stat are as the whole transaction left them, zero where it left no such node. Data must
// not be modified.
type NodeChange struct {
	Type coord.EventType // NodeCreated, NodeDeleted or DataChanged
	Path string
	Data []byte
	Stat coord.Stat
}

// Journal keeps the last transactions of a tree that have changed nodes, for those who hold a service's history against what it promises. The
// zero value keeps none; set Keep before the first.
type Journal struct {
	Keep int // how many

	commits []Commit
	lost    coord.Zxid // of the newest that is not kept any more
}

// Add notes what the last transaction of the tree has changed, if it has changed anything.
func (j *Journal) Add(t *Tree, x *Txn) {
	if j.Keep <= 0 || len(x.Changes) == 0 {
		return
	}
	if len(j.commits) == j.Keep {
		j.lost = j.commits[0].Zxid
		j.commits[0] = Commit{}
		j.commits = j.commits[1:]
	}
	c := Commit{Zxid: x.Zxid, Session: x.Session, Changes: make([]NodeChange, len(x.Changes))}
	for i, change := range x.Changes {
		n := NodeChange{Type: change.Type, Path: change.Path}
		if at, there := t.lookup(change.Path); there && change.Type != coord.NodeDeleted {
			n.Data, n.Stat = t.nodes[at].data, t.nodes[at].stat()
		}
		c.Changes[i] = n
	}
	j.commits = append(j.commits, c)
}

// Since returns the transactions after one, the oldest first, and whether these are all.
func (j *Journal) Since(after coord.Zxid) (commits []Commit, all bool) {
	first, _ := slices.BinarySearchFunc(j.commits, after+1, func(c Commit, z coord.Zxid) int { return cmp.Compare(c.Zxid, z) })
	return slices.Clone(j.commits[first:]), j.lost <= after
}

package coordtest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

type toyNode struct {
	data    []byte
	stat    coord.Stat
	acl     []coord.ACL
	created int32
}

func (n toyNode) allows(p coord.Perms) bool {
	for _, acl := range n.acl {
		if acl.Perms&p != 0 {
			return true
		}
	}
	return len(n.acl) == 0
}

type tree struct {
	zxid  coord.Zxid
	nodes map[string]toyNode
}

func newTree() tree { return tree{nodes: map[string]toyNode{"/": {}}} }

func (t tree) clone() tree { return tree{t.zxid, maps.Clone(t.nodes)} }

// paths lists all, children before their parents.
func (t tree) paths() []string {
	all := slices.Sorted(maps.Keys(t.nodes))
	slices.Reverse(all)
	return all
}

func (t tree) children(path string) []string {
	var names []string
	for other := range t.nodes {
		if parent, name := coord.SplitPath(other); parent == path && name != "" {
			names = append(names, name)
		}
	}
	return names
}

// transaction is one change of a tree by a session.
type transaction struct {
	toy    *toy
	by     *toySession
	tree   tree
	before tree // of the whole transaction
	events []coord.Event
}

func (x *transaction) is(b bug) bool { return x.toy.is(b) }

func (x *transaction) tell(kind coord.EventType, path string) {
	x.events = append(x.events, coord.Event{Type: kind, Path: path})
}

func (x *transaction) run(ops []coord.Op) ([]coord.Result, int, error) {
	results := make([]coord.Result, len(ops))
	for i, op := range ops {
		if x.is(multiStopsAt64) && i >= 64 {
			break
		}
		if x.is(multiHasAZxidEach) && i > 0 {
			x.tree.zxid++
		}
		r, err := x.apply(op)
		if err != nil {
			if x.is(multiNamesTheLast) {
				i = len(ops) - 1
			}
			return nil, i, err
		}
		results[i] = r
	}
	if x.is(multiWakesNobody) && len(ops) > 1 {
		x.events = nil
	}
	return results, 0, nil
}

func (x *transaction) apply(op coord.Op) (coord.Result, error) {
	switch op.Type {
	case coord.OpCreate:
		path, err := x.create(op)
		return coord.Result{Path: path}, err
	case coord.OpSet:
		stat, err := x.set(op)
		return coord.Result{Stat: stat}, err
	case coord.OpDelete:
		return coord.Result{}, x.delete(op)
	}
	return coord.Result{}, x.check(op)
}

func (x *transaction) create(op coord.Op) (string, error) {
	path := op.Path
	parentPath, _ := coord.SplitPath(path)
	if path == "/" {
		return "", coord.ErrNodeExists
	}
	if strings.HasSuffix(path, "/") {
		parentPath = strings.TrimSuffix(path, "/")
	}
	parent, ok := x.tree.nodes[parentPath]
	if !ok && x.is(createMakesParents) {
		parent, ok = toyNode{}, true
	}
	if !ok {
		return "", coord.ErrNoNode
	}
	if !x.is(aclIsIgnored) && !parent.allows(coord.PermCreate) {
		return "", coord.ErrNoAuth
	}
	if op.Mode.IsSequential() {
		path += x.number(parentPath, parent)
	}
	if _, exists := x.tree.nodes[path]; exists && !x.is(createOverwrites) {
		return "", coord.ErrNodeExists
	}
	if parent.stat.EphemeralOwner != 0 && !x.is(ephemeralsHaveChildren) {
		return "", coord.ErrNoChildrenForEphemerals
	}
	x.tree.nodes[path] = x.newNode(op)
	if op.Mode.IsEphemeral() {
		x.by.owned = append(x.by.owned, path)
	}
	parent.created++
	if x.is(sequenceCountsNumberedOnly) && !op.Mode.IsSequential() {
		parent.created--
	}
	x.countChild(parentPath, parent, 1)
	x.tell(coord.NodeCreated, path)
	x.tell(coord.ChildrenChanged, parentPath)
	if x.is(sequenceIsAskedFor) {
		return op.Path, nil
	}
	return path, nil
}

func (x *transaction) number(path string, parent toyNode) string {
	n := int(parent.created)
	switch {
	case x.is(sequenceStartsAtOne):
		n++
	case x.is(sequenceIsNumberOfChildren):
		n = int(parent.stat.NumChildren)
	case x.is(sequenceIsGlobal):
		n = int(x.tree.zxid)
	case x.is(sequenceIsTheSessions):
		n = len(x.by.owned)
	case x.is(sequenceIsShort):
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%010d", n)
}

func (x *transaction) newNode(op coord.Op) toyNode {
	now := time.Now().UnixMilli()
	n := toyNode{data: op.Data, acl: op.ACL}
	if !x.is(dataIsShared) {
		n.data = bytes.Clone(op.Data)
	}
	if x.is(dataIsTrimmed) {
		n.data = bytes.TrimSpace(n.data)
	}
	if x.is(dataIsCut) {
		n.data = n.data[:min(len(n.data), 1<<16)]
	}
	n.stat = coord.Stat{Czxid: x.tree.zxid, Mzxid: x.tree.zxid, Pzxid: x.tree.zxid, Ctime: now, Mtime: now, DataLength: int32(len(n.data))}
	if op.Mode.IsEphemeral() && !x.is(ephemeralsHaveNoOwner) {
		n.stat.EphemeralOwner = x.by.id
	}
	for _, earlier := range x.toy.trees {
		if x.is(versionsOutliveNodes) {
			n.stat.Version = max(n.stat.Version, earlier.nodes[op.Path].stat.Version)
		}
	}
	if x.is(pzxidStartsAtZero) {
		n.stat.Pzxid = 0
	}
	return n
}

func (x *transaction) countChild(path string, parent toyNode, by int32) {
	parent.stat.NumChildren += by
	parent.stat.Cversion++
	if x.is(cversionIgnoresDeletes) && by < 0 {
		parent.stat.Cversion--
	}
	parent.stat.Pzxid = x.tree.zxid
	x.tree.nodes[path] = parent
	if above, _ := coord.SplitPath(path); x.is(grandchildrenCount) && above != "" {
		grand := x.tree.nodes[above]
		grand.stat.NumChildren += by
		x.tree.nodes[above] = grand
	}
}

// matches is whether the node is there at that version.
func (x *transaction) matches(op coord.Op, perm coord.Perms) (toyNode, error) {
	in := x.tree
	if x.is(multiSeesTheTreeOfBefore) {
		in = x.before
	}
	n, ok := in.nodes[op.Path]
	switch {
	case !ok:
		return n, coord.ErrNoNode
	case !n.allows(perm) && !x.is(aclIsIgnored) && perm != coord.PermDelete:
		return n, coord.ErrNoAuth
	case x.is(versionIsIgnored), x.is(negativeVersionIsAny) && op.Version < 0:
	case op.Version != coord.AnyVersion && op.Version != n.stat.Version:
		return n, coord.ErrBadVersion
	}
	return n, nil
}

func (x *transaction) set(op coord.Op) (coord.Stat, error) {
	n, err := x.matches(op, coord.PermWrite)
	if err != nil {
		return coord.Stat{}, err
	}
	old := n.stat
	if x.is(sameDataIsNoChange) && bytes.Equal(n.data, op.Data) {
		return old, nil
	}
	changed := x.newNode(op)
	n.data = changed.data
	n.stat.Mzxid, n.stat.Mtime, n.stat.DataLength = x.tree.zxid, changed.stat.Mtime, changed.stat.DataLength
	n.stat.Version++
	if x.is(setChangesPzxid) {
		n.stat.Pzxid = x.tree.zxid
	}
	if x.is(setLeavesMzxid) {
		n.stat.Mzxid = old.Mzxid
	}
	x.tree.nodes[op.Path] = n
	x.tell(coord.DataChanged, op.Path)
	if parent, _ := coord.SplitPath(op.Path); x.is(setWakesParent) {
		x.tell(coord.ChildrenChanged, parent)
	}
	if x.is(setReturnsOldStat) {
		return old, nil
	}
	return n.stat, nil
}

func (x *transaction) delete(op coord.Op) error {
	if op.Path == "/" && !x.is(rootIsDeleted) {
		return coord.ErrInvalid
	}
	n, err := x.matches(op, coord.PermDelete)
	if err != nil {
		return err
	}
	if parent, _ := coord.SplitPath(op.Path); !x.tree.nodes[parent].allows(coord.PermDelete) && !x.is(aclIsIgnored) {
		return coord.ErrNoAuth
	}
	if x.is(ephemeralsAreTheOwners) && n.stat.EphemeralOwner != 0 && n.stat.EphemeralOwner != x.by.id {
		return coord.ErrNoAuth
	}
	if len(x.tree.children(op.Path)) > 0 && !x.is(deleteIgnoresChildren) && op.Path != "/" {
		return coord.ErrNotEmpty
	}
	return x.remove(op.Path)
}

func (x *transaction) remove(path string) error {
	if path == "/" {
		return nil
	}
	delete(x.tree.nodes, path)
	parentPath, _ := coord.SplitPath(path)
	x.countChild(parentPath, x.tree.nodes[parentPath], -1)
	x.tell(coord.NodeDeleted, path)
	x.tell(coord.ChildrenChanged, parentPath)
	return nil
}

func (x *transaction) check(op coord.Op) error {
	n, err := x.matches(op, coord.PermRead)
	if x.is(checksChange) && err == nil {
		n.stat.Mtime++
		x.tree.nodes[op.Path] = n
	}
	if x.is(checksWake) && err == nil {
		x.tell(coord.DataChanged, op.Path)
	}
	return err
}

// countRefused moves the counters of parents for creates that were refused.
func (x *transaction) countRefused(ops []coord.Op) {
	for _, op := range ops {
		parentPath, _ := coord.SplitPath(op.Path)
		if parent, ok := x.tree.nodes[parentPath]; ok && op.Type == coord.OpCreate {
			parent.created++
			x.tree.nodes[parentPath] = parent
		}
	}
}

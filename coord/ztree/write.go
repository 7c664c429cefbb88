package ztree

import (
	"strconv"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// Create makes a node and returns its path, completed by a sequence number if the mode asks for one. The tree keeps data and acl,
// which must not be modified any more. No acl (nil) means everybody may do everything; an empty one is refused.
//
// Errors, the first that holds: ErrInvalid (mode; no slash or a NUL in path), ErrInvalidACL, ErrNoNode (parent), ErrNoAuth,
// ErrInvalid (path), ErrNodeExists, ErrNoChildrenForEphemerals. ErrSessionExpired comes before all of them, here as in every write.
func (t *Tree) Create(x *Txn, path string, data []byte, mode coord.CreateMode, acl []coord.ACL) (string, coord.Stat, error) {
	r, err := t.write(x, &coord.Op{Type: coord.OpCreate, Path: path, Data: data, Mode: mode, ACL: acl})
	return r.Path, r.Stat, err
}

// Set replaces a node's data; the tree keeps the slice. Errors: ErrInvalid, ErrNoNode, ErrNoAuth, ErrBadVersion.
func (t *Tree) Set(x *Txn, path string, data []byte, version int32) (coord.Stat, error) {
	r, err := t.write(x, &coord.Op{Type: coord.OpSet, Path: path, Data: data, Version: version})
	return r.Stat, err
}

// Delete removes a node. Errors: ErrInvalid, ErrNoNode (parent), ErrNoAuth (on the parent), ErrNoNode, ErrBadVersion, ErrNotEmpty.
func (t *Tree) Delete(x *Txn, path string, version int32) error {
	_, err := t.write(x, &coord.Op{Type: coord.OpDelete, Path: path, Version: version})
	return err
}

// Check changes nothing but the zxid. Errors: ErrInvalid, ErrNoNode, ErrNoAuth, ErrBadVersion.
func (t *Tree) Check(x *Txn, path string, version int32) error {
	_, err := t.write(x, &coord.Op{Type: coord.OpCheck, Path: path, Version: version})
	return err
}

func (t *Tree) write(x *Txn, op *coord.Op) (coord.Result, error) {
	if err := t.begin(x); err != nil {
		return coord.Result{}, err
	}
	var u undoLog
	return t.apply(x, &u, op)
}

// apply carries out one operation of the transaction that has begun. It checks everything before it changes anything.
func (t *Tree) apply(x *Txn, u *undoLog, op *coord.Op) (coord.Result, error) {
	switch op.Type {
	case coord.OpCreate:
		return t.create(x, u, op)
	case coord.OpSet:
		return t.set(x, u, op)
	case coord.OpDelete:
		return coord.Result{}, t.delete(x, u, op)
	case coord.OpCheck:
		return coord.Result{}, t.check(x, op)
	}
	return coord.Result{}, coord.ErrInvalid
}

func (t *Tree) create(x *Txn, u *undoLog, op *coord.Op) (coord.Result, error) {
	if !op.Mode.Valid() || !strings.Contains(op.Path, "/") || strings.Contains(op.Path, "\x00") {
		return coord.Result{}, coord.ErrInvalid
	}
	acl, err := resolveACL(op.ACL, x.Auth)
	if err != nil {
		return coord.Result{}, err
	}
	parent, ok := t.lookup(parentOf(op.Path))
	if !ok {
		return coord.Result{}, coord.ErrNoNode
	}
	path, err := t.childPath(x, parent, op)
	if err != nil {
		return coord.Result{}, err
	}
	owner := -1
	if op.Mode.IsEphemeral() {
		if owner, ok = t.findSession(x.Session); !ok {
			return coord.Result{}, coord.ErrSessionExpired
		}
	}
	at := t.insert(x, u, parent, node{path: path, data: op.Data, acl: acl}, owner)
	return coord.Result{Path: path, Stat: t.nodes[at].stat()}, nil
}

// childPath returns the complete path of a child that may be created, or why it may not.
func (t *Tree) childPath(x *Txn, parent int32, op *coord.Op) (string, error) {
	p := &t.nodes[parent]
	if !p.allows(coord.PermCreate, x.Auth) {
		return "", coord.ErrNoAuth
	}
	path := op.Path
	if op.Mode.IsSequential() {
		path = appendSequence(path, p.creates)
	}
	if !validPath(path) {
		return "", coord.ErrInvalid
	}
	if _, exists := t.lookup(path); exists {
		return "", coord.ErrNodeExists
	}
	if p.owner != 0 {
		return "", coord.ErrNoChildrenForEphemerals
	}
	return path, nil
}

// insert adds a node that may be added, for the session at the place owner, or for none with -1.
func (t *Tree) insert(x *Txn, u *undoLog, parent int32, n node, owner int) int32 {
	n.czxid, n.mzxid, n.pzxid = x.Zxid, x.Zxid, x.Zxid
	n.ctime, n.mtime = x.Now, x.Now
	n.parent = parent
	if owner >= 0 {
		n.owner = t.sessions[owner].id
	}
	at := t.alloc(u)
	t.nodes[at] = n
	t.linkChild(u, at)
	t.nodes[parent].creates++
	t.nodes[parent].pzxid = x.Zxid
	if owner >= 0 {
		t.linkOwned(u, at, owner)
	}
	t.indexAdd(n.path, at)
	x.changed(coord.NodeCreated, n.path)
	return at
}

func (t *Tree) set(x *Txn, u *undoLog, op *coord.Op) (coord.Result, error) {
	at, err := t.target(x, op, coord.PermWrite)
	if err != nil {
		return coord.Result{}, err
	}
	u.touch(t, at)
	n := &t.nodes[at]
	n.data = op.Data
	n.version++
	n.mzxid, n.mtime = x.Zxid, x.Now
	x.changed(coord.DataChanged, n.path)
	return coord.Result{Stat: n.stat()}, nil
}

func (t *Tree) check(x *Txn, op *coord.Op) error {
	_, err := t.target(x, op, coord.PermRead)
	return err
}

// target finds the node that a set or check is about and judges whether it may go on.
func (t *Tree) target(x *Txn, op *coord.Op, perm coord.Perms) (int32, error) {
	if !validPath(op.Path) {
		return 0, coord.ErrInvalid
	}
	at, ok := t.lookup(op.Path)
	if !ok {
		return 0, coord.ErrNoNode
	}
	n := &t.nodes[at]
	if !n.allows(perm, x.Auth) {
		return 0, coord.ErrNoAuth
	}
	if op.Version != coord.AnyVersion && op.Version != n.version {
		return 0, coord.ErrBadVersion
	}
	return at, nil
}

func (t *Tree) delete(x *Txn, u *undoLog, op *coord.Op) error {
	if !deletable(op.Path) {
		return coord.ErrInvalid
	}
	parent, ok := t.lookup(parentOf(op.Path))
	if !ok {
		return coord.ErrNoNode
	}
	if !t.nodes[parent].allows(coord.PermDelete, x.Auth) {
		return coord.ErrNoAuth
	}
	at, ok := t.lookup(op.Path)
	switch {
	case !ok:
		return coord.ErrNoNode
	case op.Version != coord.AnyVersion && op.Version != t.nodes[at].version:
		return coord.ErrBadVersion
	case t.nodes[at].children > 0:
		return coord.ErrNotEmpty
	}
	t.remove(x, u, at)
	return nil
}

// remove takes out a node that has no children.
func (t *Tree) remove(x *Txn, u *undoLog, at int32) {
	path, parent := t.nodes[at].path, t.nodes[at].parent
	t.unlinkChild(u, at)
	t.nodes[parent].pzxid = x.Zxid
	if t.nodes[at].owner != 0 {
		t.unlinkOwned(u, at)
	}
	t.indexRemove(path)
	t.release(u, at)
	x.changed(coord.NodeDeleted, path)
}

// appendSequence completes a name as Java's String.format("%010d") does with an int: ten characters, a sign among them, but for the
// one number that has more.
func appendSequence(path string, n int32) string {
	buf := make([]byte, 0, len(path)+len("-2147483648"))
	buf = append(buf, path...)
	v, width := int64(n), 10
	if v < 0 {
		buf = append(buf, '-')
		v, width = -v, width-1
	}
	var digits [10]byte
	d := strconv.AppendInt(digits[:0], v, 10)
	for range width - len(d) {
		buf = append(buf, '0')
	}
	return string(append(buf, d...))
}

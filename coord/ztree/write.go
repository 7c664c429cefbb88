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
// ErrInvalid (path), ErrNodeExists, ErrNoChildrenForEphemerals, [ErrQuotaExceeded]. ErrSessionExpired comes before all of them, here as
// in every write.
func (t *Tree) Create(x *Txn, path string, data []byte, mode coord.CreateMode, acl []coord.ACL) (string, coord.Stat, error) {
	return t.CreateTTL(x, path, data, mode, acl, 0)
}

// CreateTTL is Create for all modes, also [TTL] and [TTLSequential]: for these ttl is how long the node lives without children and
// without a change of its data, in milliseconds from 1 to [MaxTTL]; for others it does not matter. ErrInvalid also means that it is
// out of range.
func (t *Tree) CreateTTL(
	x *Txn, path string, data []byte, mode coord.CreateMode, acl []coord.ACL, ttl int64,
) (string, coord.Stat, error) {
	r, err := t.write(x, &coord.Op{Type: coord.OpCreate, Path: path, Data: data, Mode: mode, ACL: acl}, ttl)
	return r.Path, r.Stat, err
}

// Set replaces a node's data; the tree keeps the slice. Errors: ErrInvalid, ErrNoNode, ErrNoAuth,
// [ErrQuotaExceeded], ErrBadVersion.
func (t *Tree) Set(x *Txn, path string, data []byte, version int32) (coord.Stat, error) {
	r, err := t.write(x, &coord.Op{Type: coord.OpSet, Path: path, Data: data, Version: version}, 0)
	return r.Stat, err
}

// Delete removes a node. Errors: ErrInvalid, ErrNoNode (parent), ErrNoAuth (on the parent), ErrNoNode, ErrBadVersion, ErrNotEmpty.
func (t *Tree) Delete(x *Txn, path string, version int32) error {
	_, err := t.write(x, &coord.Op{Type: coord.OpDelete, Path: path, Version: version}, 0)
	return err
}

// Check changes nothing but the zxid. Errors: ErrInvalid, ErrNoNode, ErrNoAuth, ErrBadVersion.
func (t *Tree) Check(x *Txn, path string, version int32) error {
	_, err := t.write(x, &coord.Op{Type: coord.OpCheck, Path: path, Version: version}, 0)
	return err
}

func (t *Tree) write(x *Txn, op *coord.Op, ttl int64) (coord.Result, error) {
	if err := t.begin(x); err != nil {
		return coord.Result{}, err
	}
	var u undoLog
	on := terms{ttl: ttl}
	if t.enforceQuota {
		on.room = t.roomFor(op)
	}
	return t.apply(x, &u, op, on)
}

// terms is what counts for an operation beside what it says itself.
type terms struct {
	ttl  int64
	room *room
}

// apply carries out one operation of the transaction that has begun. It checks everything before it changes anything.
func (t *Tree) apply(x *Txn, u *undoLog, op *coord.Op, on terms) (coord.Result, error) {
	switch op.Type {
	case coord.OpCreate:
		return t.create(x, u, op, on)
	case coord.OpSet:
		return t.set(x, u, op, on.room)
	case coord.OpDelete:
		return coord.Result{}, t.delete(x, u, op)
	case coord.OpCheck:
		return coord.Result{}, t.check(x, op)
	}
	return coord.Result{}, coord.ErrInvalid
}

func (t *Tree) create(x *Txn, u *undoLog, op *coord.Op, on terms) (coord.Result, error) {
	own, ok := ownerOf(op.Mode, x.Session, on.ttl)
	if !ok || !strings.Contains(op.Path, "/") || strings.Contains(op.Path, "\x00") {
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
	session := -1
	if op.Mode.IsEphemeral() {
		if session, ok = t.findSession(x.Session); !ok {
			return coord.Result{}, coord.ErrSessionExpired
		}
	}
	if !on.room.fits(1, len(op.Data)) {
		return coord.Result{}, ErrQuotaExceeded
	}
	at := t.insert(x, u, parent, node{path: path, data: op.Data, acl: acl, owner: own}, session)
	result := coord.Result{Path: path, Stat: t.nodes[at].stat()}
	t.countCreated(u, path, len(op.Data))
	return result, nil
}

// childPath returns the complete path of a child that may be created, or why it may not.
func (t *Tree) childPath(x *Txn, parent int32, op *coord.Op) (string, error) {
	p := &t.nodes[parent]
	if !p.acl.allows(coord.PermCreate, x.Auth) {
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
	if p.owner.session() != 0 {
		return "", coord.ErrNoChildrenForEphemerals
	}
	return path, nil
}

// insert adds a node that may be added, to the list of the session at that place if there is one (-1 for none).
func (t *Tree) insert(x *Txn, u *undoLog, parent int32, n node, session int) int32 {
	n.czxid, n.mzxid, n.pzxid = x.Zxid, x.Zxid, x.Zxid
	n.ctime, n.mtime = x.Now, x.Now
	n.parent = parent
	at := t.alloc(u)
	t.nodes[at] = n
	t.linkChild(u, at)
	t.nodes[parent].countCreation(x.Zxid)
	t.size += n.size()
	if session >= 0 {
		t.linkOwned(u, at, session)
	} else if n.owner != 0 {
		t.perishable++
	}
	t.indexAdd(n.path, at)
	x.changed(coord.NodeCreated, n.path, n.acl, t.nodes[parent].acl)
	return at
}

func (t *Tree) set(x *Txn, u *undoLog, op *coord.Op, room *room) (coord.Result, error) {
	at, err := t.target(x, op, coord.PermWrite, room)
	if err != nil {
		return coord.Result{}, err
	}
	u.touch(t, at)
	n := &t.nodes[at]
	grown := len(op.Data) - len(n.data)
	t.size += int64(grown)
	n.data = op.Data
	n.version++
	n.mzxid, n.mtime = x.Zxid, x.Now
	x.changed(coord.DataChanged, n.path, n.acl, nil)
	result := coord.Result{Stat: n.stat()}
	t.countChanged(u, op.Path, grown, 0)
	return result, nil
}

func (t *Tree) check(x *Txn, op *coord.Op) error {
	_, err := t.target(x, op, coord.PermRead, nil)
	return err
}

// target finds the node that a set or check is about and judges whether it may go on.
func (t *Tree) target(x *Txn, op *coord.Op, perm coord.Perms, room *room) (int32, error) {
	if !validPath(op.Path) {
		return 0, coord.ErrInvalid
	}
	at, ok := t.lookup(op.Path)
	if !ok {
		return 0, coord.ErrNoNode
	}
	n := &t.nodes[at]
	if !n.acl.allows(perm, x.Auth) {
		return 0, coord.ErrNoAuth
	}
	if !room.fits(0, len(op.Data)-len(n.data)) {
		return 0, ErrQuotaExceeded
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
	if !t.nodes[parent].acl.allows(coord.PermDelete, x.Auth) {
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
	n := &t.nodes[at]
	path, acl, size, parent := n.path, n.acl, len(n.data), n.parent
	t.size -= n.size()
	t.unlinkChild(u, at)
	t.nodes[parent].pzxid = x.Zxid
	if n.owner.session() != 0 {
		t.unlinkOwned(u, at)
	} else if n.owner != 0 {
		t.perishable--
	}
	t.indexRemove(path)
	t.release(u, at)
	t.countDeleted(u, path, size)
	x.changed(coord.NodeDeleted, path, acl, t.nodes[parent].acl)
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

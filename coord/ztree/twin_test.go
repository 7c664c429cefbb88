package ztree_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// twin is the tree once more, written for being obvious: a map by path, everything derived by looking at everything, and a
// transaction that works on a copy.
type twin struct {
	zxid     coord.Zxid
	nodes    map[string]twinNode
	sessions map[coord.SessionID]bool
	ttl      int64 // of what is made next
}

type twinNode struct {
	data    []byte
	stat    coord.Stat // without the fields that are derived
	creates int32
	acl     []coord.ACL
	born    int   // order of creation
	life    int64 // in ms without children and changes; endOfUse for a container, 0 for a node that stays
}

const endOfUse = -1

func newTwin() *twin {
	return &twin{
		nodes:    map[string]twinNode{"/": {data: []byte{}}},
		sessions: map[coord.SessionID]bool{},
	}
}

func (w *twin) clone() *twin {
	return &twin{w.zxid, maps.Clone(w.nodes), maps.Clone(w.sessions), w.ttl}
}

// children returns the paths of the children, the oldest first.
func (w *twin) children(path string) []string {
	var found []string
	for p := range w.nodes {
		if parent, _ := coord.SplitPath(p); parent == path {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return w.nodes[a].born - w.nodes[b].born })
	return found
}

func (w *twin) stat(path string) coord.Stat {
	n := w.nodes[path]
	n.stat.DataLength = int32(len(n.data))
	n.stat.NumChildren = int32(len(w.children(path)))
	n.stat.Cversion = 2*n.creates - n.stat.NumChildren
	return n.stat
}

func (w *twin) may(path string, perm coord.Perms, auth []ztree.Identity) bool {
	n := w.nodes[path]
	if n.acl == nil {
		return true
	}
	for _, entry := range n.acl {
		applies := entry.Scheme == "world" || slices.Contains(auth, ztree.Identity{Scheme: entry.Scheme, ID: entry.ID})
		if applies && entry.Perms&perm != 0 {
			return true
		}
	}
	return false
}

// write is one transaction. It returns the results, the number of the refused operation, and the error.
func (w *twin) write(x *ztree.Txn, ops []coord.Op) ([]coord.Result, []ztree.Change, int, error) {
	w.zxid++
	if x.Session != 0 && !w.sessions[x.Session] {
		return nil, nil, 0, coord.ErrSessionExpired
	}
	scratch := w.clone()
	var results []coord.Result
	var changes []ztree.Change
	for i, op := range ops {
		result, change, err := scratch.apply(x, op)
		if err != nil {
			return nil, nil, i, err
		}
		results = append(results, result)
		if change.Type != 0 {
			changes = append(changes, change)
		}
	}
	*w = *scratch
	return results, changes, 0, nil
}

func (w *twin) apply(x *ztree.Txn, op coord.Op) (coord.Result, ztree.Change, error) {
	switch op.Type {
	case coord.OpCreate:
		return w.create(x, op)
	case coord.OpDelete:
		change, err := w.delete(x, op)
		return coord.Result{}, change, err
	}
	perm := coord.PermRead
	if op.Type == coord.OpSet {
		perm = coord.PermWrite
	}
	n, exists := w.nodes[op.Path]
	switch {
	case coord.ValidatePath(op.Path) != nil:
		return coord.Result{}, ztree.Change{}, coord.ErrInvalid
	case !exists:
		return coord.Result{}, ztree.Change{}, coord.ErrNoNode
	case !w.may(op.Path, perm, x.Auth):
		return coord.Result{}, ztree.Change{}, coord.ErrNoAuth
	case op.Version != -1 && op.Version != n.stat.Version:
		return coord.Result{}, ztree.Change{}, coord.ErrBadVersion
	case op.Type == coord.OpCheck:
		return coord.Result{}, ztree.Change{}, nil
	}
	n.data = op.Data
	n.stat.Version++
	n.stat.Mzxid, n.stat.Mtime = w.zxid, x.Now
	w.nodes[op.Path] = n
	return coord.Result{Stat: w.stat(op.Path)}, ztree.Change{Type: coord.DataChanged, Path: op.Path}, nil
}

func (w *twin) create(x *ztree.Txn, op coord.Op) (coord.Result, ztree.Change, error) {
	refuse := func(err error) (coord.Result, ztree.Change, error) { return coord.Result{}, ztree.Change{}, err }
	slash := strings.LastIndex(op.Path, "/")
	life, ok := lifeOf(op.Mode, w.ttl)
	if !ok || slash < 0 || strings.Contains(op.Path, "\x00") {
		return refuse(coord.ErrInvalid)
	}
	if op.ACL != nil && len(op.ACL) == 0 {
		return refuse(coord.ErrInvalidACL)
	}
	parent := op.Path[:slash]
	if parent == "" {
		parent = "/"
	}
	p, ok := w.nodes[parent]
	if !ok {
		return refuse(coord.ErrNoNode)
	}
	if !w.may(parent, coord.PermCreate, x.Auth) {
		return refuse(coord.ErrNoAuth)
	}
	path := op.Path
	if op.Mode.IsSequential() {
		path += fmt.Sprintf("%010d", p.creates)
	}
	if coord.ValidatePath(path) != nil {
		return refuse(coord.ErrInvalid)
	}
	if _, exists := w.nodes[path]; exists {
		return refuse(coord.ErrNodeExists)
	}
	if p.stat.EphemeralOwner != 0 {
		return refuse(coord.ErrNoChildrenForEphemerals)
	}
	n := twinNode{data: op.Data, acl: op.ACL, born: 1 + w.youngest(), life: life}
	n.stat = coord.Stat{Czxid: w.zxid, Mzxid: w.zxid, Pzxid: w.zxid, Ctime: x.Now, Mtime: x.Now}
	if op.Mode.IsEphemeral() {
		if x.Session == 0 {
			return refuse(coord.ErrSessionExpired)
		}
		n.stat.EphemeralOwner = x.Session
	}
	w.nodes[path] = n
	p.creates++
	p.stat.Pzxid = w.zxid
	w.nodes[parent] = p
	return coord.Result{Path: path, Stat: w.stat(path)}, ztree.Change{Type: coord.NodeCreated, Path: path}, nil
}

func lifeOf(mode coord.CreateMode, ttl int64) (life int64, ok bool) {
	switch mode {
	case 0, 1, 2, 3:
		return 0, true
	case ztree.Container, ztree.ContainerSequential:
		return endOfUse, true
	case ztree.TTL, ztree.TTLSequential:
		return ttl, ttl >= 1 && ttl <= ztree.MaxTTL
	}
	return 0, false
}

// outlived returns the paths of what should go by itself.
func (w *twin) outlived(now int64) []string {
	var paths []string
	for path, n := range w.nodes {
		useless := n.life == endOfUse && n.creates > 0 || n.life > 0 && now-n.stat.Mtime > n.life
		if useless && len(w.children(path)) == 0 {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func (w *twin) youngest() int {
	born := 0
	for _, n := range w.nodes {
		born = max(born, n.born)
	}
	return born
}

func (w *twin) delete(x *ztree.Txn, op coord.Op) (ztree.Change, error) {
	slash := strings.LastIndex(op.Path, "/")
	if op.Path == "/" || slash < 0 || strings.Contains(op.Path, "\x00") {
		return ztree.Change{}, coord.ErrInvalid
	}
	parent := op.Path[:slash]
	if parent == "" {
		parent = "/"
	}
	n, exists := w.nodes[op.Path]
	_, parentExists := w.nodes[parent]
	switch {
	case !parentExists:
		return ztree.Change{}, coord.ErrNoNode
	case !w.may(parent, coord.PermDelete, x.Auth):
		return ztree.Change{}, coord.ErrNoAuth
	case !exists:
		return ztree.Change{}, coord.ErrNoNode
	case op.Version != -1 && op.Version != n.stat.Version:
		return ztree.Change{}, coord.ErrBadVersion
	case len(w.children(op.Path)) > 0:
		return ztree.Change{}, coord.ErrNotEmpty
	}
	w.drop(op.Path)
	return ztree.Change{Type: coord.NodeDeleted, Path: op.Path}, nil
}

func (w *twin) drop(path string) {
	delete(w.nodes, path)
	parent, _ := coord.SplitPath(path)
	p := w.nodes[parent]
	p.stat.Pzxid = w.zxid
	w.nodes[parent] = p
}

func (w *twin) closeSession(id coord.SessionID) ([]ztree.Change, error) {
	w.zxid++
	if !w.sessions[id] {
		return nil, coord.ErrSessionExpired
	}
	delete(w.sessions, id)
	var gone []string
	for path, n := range w.nodes {
		if n.stat.EphemeralOwner == id {
			gone = append(gone, path)
		}
	}
	slices.SortFunc(gone, func(a, b string) int { return w.nodes[a].born - w.nodes[b].born })
	var changes []ztree.Change
	for _, path := range gone {
		w.drop(path)
		changes = append(changes, ztree.Change{Type: coord.NodeDeleted, Path: path})
	}
	return changes, nil
}

// differs says where a tree is not what its twin is.
func (w *twin) differs(t *ztree.Tree) error {
	if t.Zxid() != w.zxid || t.Len() != len(w.nodes) {
		return fmt.Errorf("zxid %v and %d nodes, want %v and %d", t.Zxid(), t.Len(), w.zxid, len(w.nodes))
	}
	super := []ztree.Identity{{Scheme: "super"}}
	for path, n := range w.nodes {
		data, stat, err := t.Get(path, super)
		if err != nil || string(data) != string(n.data) || stat != w.stat(path) {
			return fmt.Errorf("%s: got %q %+v %v, want %q %+v", path, data, stat, err, n.data, w.stat(path))
		}
		names, _, _ := t.Children(nil, path, super)
		for i := range names {
			names[i] = coord.JoinPath(path, names[i])
		}
		if !slices.Equal(names, w.children(path)) {
			return fmt.Errorf("%s: children %q, want %q", path, names, w.children(path))
		}
	}
	return errors.Join(t.CheckLinks())
}

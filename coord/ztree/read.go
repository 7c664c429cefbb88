package ztree

import "github.com/hamaster/hamaster/coord"

// Exists returns a node's Stat, or ErrNoNode. It needs no permission.
func (t *Tree) Exists(path string) (coord.Stat, error) {
	at, ok := t.lookup(path)
	if !ok {
		return coord.Stat{}, coord.ErrNoNode
	}
	return t.nodes[at].stat(), nil
}

// Get returns a node's data, which must not be modified, and its Stat. Errors: ErrNoNode, ErrNoAuth.
func (t *Tree) Get(path string, auth []Identity) ([]byte, coord.Stat, error) {
	n, err := t.readable(path, auth)
	if err != nil {
		return nil, coord.Stat{}, err
	}
	return n.data, n.stat(), nil
}

// Children appends the names of a node's children to dst, the oldest first, and returns them with the node's Stat.
// Errors: ErrNoNode, ErrNoAuth.
func (t *Tree) Children(dst []string, path string, auth []Identity) ([]string, coord.Stat, error) {
	n, err := t.readable(path, auth)
	if err != nil {
		return dst, coord.Stat{}, err
	}
	prefix := len(n.path) + 1
	if n.path == "/" {
		prefix = 1
	}
	for at := n.first; at != 0; at = t.nodes[at].next {
		dst = append(dst, t.nodes[at].path[prefix:])
	}
	return dst, n.stat(), nil
}

// Descendants is the number of all nodes below a node. Errors: ErrNoNode, ErrNoAuth.
//
// As in a server (DataTree.getAllChildrenNumber) the path "", which is the root too, counts the root among them.
func (t *Tree) Descendants(path string, auth []Identity) (int32, error) {
	n, err := t.readable(path, auth)
	switch {
	case err != nil:
		return 0, err
	case path == "":
		return t.count, nil
	case path == "/":
		return t.count - 1, nil
	}
	found := int32(0)
	for at := n.first; at != 0; at = t.after(at, n) {
		found++
	}
	return found, nil
}

// after is the node that follows in preorder among those below top, or 0.
func (t *Tree) after(at int32, top *node) int32 {
	if first := t.nodes[at].first; first != 0 {
		return first
	}
	for t.nodes[at].next == 0 {
		at = t.nodes[at].parent
		if &t.nodes[at] == top {
			return 0
		}
	}
	return t.nodes[at].next
}

func (t *Tree) readable(path string, auth []Identity) (*node, error) {
	at, ok := t.lookup(path)
	if !ok {
		return nil, coord.ErrNoNode
	}
	n := &t.nodes[at]
	if !n.acl.allows(coord.PermRead, auth) {
		return nil, coord.ErrNoAuth
	}
	return n, nil
}

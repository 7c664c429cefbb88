package ztree

// Size is how many bytes the paths, the data and the ACLs of all nodes have, those ACLs left out that are open to everybody. It is
// kept as the tree changes, and so costs nothing to ask. Without ACLs it is what a server reports as its approximate data size.
func (t *Tree) Size() int64 { return t.size }

// size is a node's part of the tree's.
func (n *node) size() int64 {
	const perms = 4 // as encoded
	size := len(n.path) + len(n.data)
	if n.acl != nil {
		for _, entry := range *n.acl {
			size += perms + len(entry.Scheme) + len(entry.ID)
		}
	}
	return int64(size)
}

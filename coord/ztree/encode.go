package ztree

import (
	"encoding/binary"
)

// AppendTo appends the state to buf in a form that is equal for equal states and different for different ones, to be hashed or
// compared. The order of children counts as state, since [Tree.Children] shows it; the layout in memory does not.
func (t *Tree) AppendTo(buf []byte) []byte {
	buf = appendUint(buf, uint64(t.zxid))
	buf = appendUint(buf, uint64(len(t.sessions)))
	for i := range t.sessions {
		s := &t.sessions[i]
		buf = appendInt(buf, int64(s.id))
		buf = appendInt(buf, int64(s.timeout))
		buf = t.appendTies(buf, s)
	}
	// In preorder, each node with the number of its children, so that the shape can be told.
	at := int32(0)
	for {
		buf = t.nodes[at].appendTo(buf)
		if t.nodes[at].first != 0 {
			at = t.nodes[at].first
			continue
		}
		for at != 0 && t.nodes[at].next == 0 {
			at = t.nodes[at].parent
		}
		if at == 0 {
			return buf
		}
		at = t.nodes[at].next
	}
}

// appendTies tells in which order a session's nodes were made where czxids do not: one transaction may have made several, and they go
// in this order when the session closes.
func (t *Tree) appendTies(buf []byte, s *session) []byte {
	for at := s.first; at != 0; {
		next := t.nodes[at].ownNext
		if next != 0 && t.nodes[at].czxid == t.nodes[next].czxid {
			buf = appendString(buf, t.nodes[at].path)
		}
		at = next
	}
	return append(buf, 0)
}

func (n *node) appendTo(buf []byte) []byte {
	buf = appendString(buf, n.path)
	if n.data == nil {
		buf = append(buf, 0)
	} else {
		buf = appendUint(buf, uint64(len(n.data))+1)
		buf = append(buf, n.data...)
	}
	for _, v := range [...]int64{
		int64(n.czxid), int64(n.mzxid), int64(n.pzxid), n.ctime, n.mtime, int64(n.owner),
		int64(n.version), int64(n.aversion), int64(n.creates), int64(n.children),
	} {
		buf = appendInt(buf, v)
	}
	return appendACL(buf, n.acl)
}

func appendACL(buf []byte, acl *guard) []byte {
	if acl == nil {
		return append(buf, 0)
	}
	buf = appendUint(buf, uint64(len(*acl)))
	for _, entry := range *acl {
		buf = appendInt(buf, int64(entry.Perms))
		buf = appendString(buf, entry.Scheme)
		buf = appendString(buf, entry.ID)
	}
	return buf
}

func appendString(buf []byte, s string) []byte {
	buf = appendUint(buf, uint64(len(s)))
	return append(buf, s...)
}

func appendUint(buf []byte, v uint64) []byte { return binary.AppendUvarint(buf, v) }

func appendInt(buf []byte, v int64) []byte { return binary.AppendVarint(buf, v) }

package zkserver

import "github.com/hamaster/hamaster/coord/zkserver/wire"

// sessionMoved is what a client is told whose session is at another server.
const sessionMoved wire.Code = -118

// nodeOverhead is about how many bytes a node takes up beside its path, its data and its ACL.
const nodeOverhead = 256

// treeSize is what Config.MaxData limits, in bytes.
func (s *Server) treeSize() int64 { return s.tree.Size() + nodeOverhead*int64(s.tree.Len()) }

// grows reports whether an operation can make the tree bigger.
func grows(op wire.Op) bool {
	switch op {
	case wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer, wire.OpCreateTTL, wire.OpSetData, wire.OpSetACL, wire.OpMulti:
		return true
	}
	return false
}

// arms reports whether an operation can add a watch.
func arms(op wire.Op) bool {
	switch op {
	case wire.OpExists, wire.OpGetData, wire.OpGetChildren, wire.OpGetChildren2, wire.OpSetWatches, wire.OpSetWatches2,
		wire.OpAddWatch:
		return true
	}
	return false
}

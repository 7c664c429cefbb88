package zkserver

import (
	"maps"
	"slices"

	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// opName is how faults and the log call an operation.
type opName struct {
	name string
	kind string // the name that stands for all variants of it
	four string // what the words stat and cons call it, as in FinalRequestProcessor
}

// opConnect stands for the connect request, which has no number of its own. A real server has this one for opening a session.
const opConnect wire.Op = -10

var opNames = map[wire.Op]opName{
	opConnect:              {"connect", "connect", "SESS"},
	wire.OpCreate:          {"create", "create", "CREA"},
	wire.OpCreate2:         {"create2", "create", "CREA"},
	wire.OpCreateContainer: {"createContainer", "create", "CREA"},
	wire.OpCreateTTL:       {"createTTL", "create", "CREA"},
	wire.OpDelete:          {"delete", "delete", "DELE"},
	wire.OpExists:          {"exists", "exists", "EXIS"},
	wire.OpGetData:         {"getData", "getData", "GETD"},
	wire.OpSetData:         {"setData", "setData", "SETD"},
	wire.OpGetACL:          {"getACL", "getACL", "GETA"},
	wire.OpSetACL:          {"setACL", "setACL", "SETA"},
	wire.OpGetChildren:     {"getChildren", "getChildren", "GETC"},
	wire.OpGetChildren2:    {"getChildren2", "getChildren", "GETC"},
	wire.OpSync:            {"sync", "sync", "SYNC"},
	wire.OpPing:            {"ping", "ping", "PING"},
	wire.OpCheck:           {"check", "check", "CHEC"},
	wire.OpMulti:           {"multi", "multi", "MULT"},
	wire.OpMultiRead:       {"multiRead", "multiRead", "MLTR"},
	wire.OpReconfig:        {"reconfig", "reconfig", "RECO"},
	wire.OpCheckWatches:    {"checkWatches", "checkWatches", "CHKW"},
	wire.OpRemoveWatches:   {"removeWatches", "removeWatches", "REMW"},
	wire.OpAuth:            {"auth", "auth", "NA"},
	wire.OpSetWatches:      {"setWatches", "setWatches", "SETW"},
	wire.OpSetWatches2:     {"setWatches2", "setWatches", "STW2"},
	wire.OpSASL:            {"sasl", "sasl", "NA"},
	wire.OpGetEphemerals:   {"getEphemerals", "getEphemerals", "GETE"},
	wire.OpCountChildren:   {"getAllChildrenNumber", "getAllChildrenNumber", "GETACN"},
	wire.OpAddWatch:        {"addWatch", "addWatch", "ADDW"},
	wire.OpWhoAmI:          {"whoAmI", "whoAmI", "HOMI"},
	wire.OpClose:           {"closeSession", "closeSession", "CLOS"},
}

// Operations returns the names by which faults and the log call the operations, sorted. Those that are variants of each other (create,
// create2, createContainer, createTTL; getChildren and setWatches with and without 2) are all meant by the shortest of their names.
func Operations() []string {
	var names []string
	for op := range maps.Values(opNames) {
		names = append(names, op.name)
	}
	slices.Sort(names)
	return names
}

// pathOf is the path that a request is about, still in the packet; of a transaction, its first operation's. nil if there is none.
func pathOf(op wire.Op, body []byte) []byte {
	const multiHeaderSize = 9
	switch op {
	case wire.OpMulti, wire.OpMultiRead:
		if len(body) < multiHeaderSize {
			return nil
		}
		body = body[multiHeaderSize:]
	case opConnect, wire.OpPing, wire.OpAuth, wire.OpSetWatches, wire.OpSetWatches2, wire.OpSASL, wire.OpWhoAmI, wire.OpClose,
		wire.OpReconfig:
		return nil
	}
	in := wire.NewDecoder(body)
	path := in.Buffer()
	if in.Err() != nil {
		return nil
	}
	return path
}

func nameOf(op wire.Op) string {
	if n, known := opNames[op]; known {
		return n.name
	}
	return "unknown"
}

package wire

import "strconv"

// Op is the operation that a request asks for.
type Op int32

// The operations by ZooKeeper's numbers (ZooDefs.OpCode).
const (
	OpCreate       Op = 1
	OpDelete       Op = 2
	OpExists       Op = 3
	OpGetData      Op = 4
	OpSetData      Op = 5
	OpGetACL       Op = 6
	OpSetACL       Op = 7
	OpGetChildren  Op = 8
	OpSync         Op = 9
	OpPing         Op = 11
	OpGetChildren2 Op = 12
	OpCheck        Op = 13
	OpMulti        Op = 14
	OpCreate2      Op = 15
	OpReconfig     Op = 16
	OpCheckWatches Op = 17

	OpRemoveWatches   Op = 18
	OpCreateContainer Op = 19
	OpDeleteContainer Op = 20
	OpCreateTTL       Op = 21
	OpMultiRead       Op = 22

	OpAuth          Op = 100
	OpSetWatches    Op = 101
	OpSASL          Op = 102
	OpGetEphemerals Op = 103
	OpCountChildren Op = 104 // getAllChildrenNumber
	OpSetWatches2   Op = 105
	OpAddWatch      Op = 106
	OpWhoAmI        Op = 107
	OpClose         Op = -11

	// OpError stands in a failed transaction's answer where the operation's own type was.
	OpError Op = -1
)

// Xids that stand for something other than a client's own count.
const (
	XidEvent int32 = -1
	XidPing  int32 = -2
)

// Code is the outcome that a reply's header carries (KeeperException.Code).
type Code int32

// The outcomes by ZooKeeper's numbers.
const (
	OK                      Code = 0
	SystemError             Code = -1
	RuntimeInconsistency    Code = -2
	MarshallingError        Code = -5
	Unimplemented           Code = -6
	BadArguments            Code = -8
	NoNode                  Code = -101
	NoAuth                  Code = -102
	BadVersion              Code = -103
	NoChildrenForEphemerals Code = -108
	NodeExists              Code = -110
	NotEmpty                Code = -111
	SessionExpired          Code = -112
	InvalidACL              Code = -114
	AuthFailed              Code = -115
	NoWatcher               Code = -121
	ReconfigDisabled        Code = -123
	QuotaExceeded           Code = -125
)

func (c Code) Error() string { return "code " + strconv.Itoa(int(c)) }

// SyncConnected is the state that every event names.
const SyncConnected int32 = 3

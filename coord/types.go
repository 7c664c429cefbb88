package coord

import (
	"fmt"
	"time"
)

// SessionID identifies a session for the life of the service. Zero is no session.
type SessionID int64

// String prints the id as ZooKeeper's tools do.
func (id SessionID) String() string { return fmt.Sprintf("0x%x", int64(id)) }

// Zxid numbers the transactions of the service in the order in which they took effect.
type Zxid int64

// String prints the number as ZooKeeper's tools do.
func (z Zxid) String() string { return fmt.Sprintf("0x%x", int64(z)) }

// Instant is a point on this process's own clock, in nanoseconds from an origin that is the same for the whole process. The
// clock is not set back or forth, and goes on while the machine is suspended. The zero Instant is before all others.
type Instant int64

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub returns how long after j the instant i is.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i - j) }

// State is where a session stands.
type State uint8

const (
	// Connected: a server answers for the session.
	Connected State = iota + 1
	// Suspended: there is no connection; the session may or may not live.
	Suspended
	// Expired: the service has ended the session. Final.
	Expired
	// Closed: the owner has ended the session. Final.
	Closed
)

// Final reports whether no other state can follow.
func (s State) Final() bool { return s == Expired || s == Closed }

func (s State) String() string {
	switch s {
	case Connected:
		return "connected"
	case Suspended:
		return "suspended"
	case Expired:
		return "expired"
	case Closed:
		return "closed"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Stat is what the service knows of a node beside its data; see ZooKeeper's Stat.
type Stat struct {
	Czxid          Zxid      // of the node's creation
	Mzxid          Zxid      // of the last change of its data
	Pzxid          Zxid      // of the last creation or deletion of a child
	Ctime          int64     // of the creation, in milliseconds since 1970 by the service's clock
	Mtime          int64     // of the last change of its data, likewise
	Version        int32     // number of changes of the data
	Cversion       int32     // number of creations and deletions of children
	Aversion       int32     // number of changes of the ACL
	EphemeralOwner SessionID // the session whose end removes the node; 0 for other nodes
	DataLength     int32     // in bytes
	NumChildren    int32
}

// AnyVersion, as a version, means that the version does not matter.
const AnyVersion int32 = -1

// CreateMode says how long a new node lives, and whether the service completes its name.
type CreateMode uint8

// The values are those of ZooKeeper's create flags.
const (
	Persistent           CreateMode = 0
	Ephemeral            CreateMode = 1
	PersistentSequential CreateMode = 2
	EphemeralSequential  CreateMode = 3
)

// IsEphemeral reports whether the node goes with its session.
func (m CreateMode) IsEphemeral() bool { return m&Ephemeral != 0 }

// IsSequential reports whether the service appends a sequence number to the name.
func (m CreateMode) IsSequential() bool { return m&PersistentSequential != 0 }

// Valid reports whether m is one of the four modes.
func (m CreateMode) Valid() bool { return m <= EphemeralSequential }

func (m CreateMode) String() string {
	switch m {
	case Persistent:
		return "persistent"
	case Ephemeral:
		return "ephemeral"
	case PersistentSequential:
		return "persistent sequential"
	case EphemeralSequential:
		return "ephemeral sequential"
	}
	return fmt.Sprintf("CreateMode(%d)", uint8(m))
}

// Perms are what an ACL entry allows, as ZooKeeper numbers them.
type Perms int32

const (
	PermRead Perms = 1 << iota
	PermWrite
	PermCreate
	PermDelete
	PermAdmin
	PermAll = PermRead | PermWrite | PermCreate | PermDelete | PermAdmin
)

// ACL is one entry of a node's access control list: whom (an id within a scheme, as ("world", "anyone")) it allows what.
type ACL struct {
	Perms  Perms
	Scheme string
	ID     string
}

// EventType says what happened to a watched node.
type EventType uint8

// The values are those of ZooKeeper.
const (
	NodeCreated     EventType = 1
	NodeDeleted     EventType = 2
	DataChanged     EventType = 3
	ChildrenChanged EventType = 4
)

func (t EventType) String() string {
	switch t {
	case NodeCreated:
		return "created"
	case NodeDeleted:
		return "deleted"
	case DataChanged:
		return "changed"
	case ChildrenChanged:
		return "children"
	}
	return fmt.Sprintf("EventType(%d)", uint8(t))
}

// Event is what ended a Watch.
type Event struct {
	Type EventType
	Path string
}

// OpType says what an Op of a transaction does.
type OpType uint8

const (
	OpCreate OpType = iota + 1
	OpSet
	OpDelete
	OpCheck
)

func (t OpType) String() string {
	switch t {
	case OpCreate:
		return "create"
	case OpSet:
		return "set"
	case OpDelete:
		return "delete"
	case OpCheck:
		return "check"
	}
	return fmt.Sprintf("OpType(%d)", uint8(t))
}

// Op is one operation of a transaction. Which fields count depends on Type; the functions below fill them.
type Op struct {
	Type    OpType
	Path    string
	Data    []byte     // create, set
	Version int32      // set, delete, check
	Mode    CreateMode // create
	ACL     []ACL      // create; none means that everybody may do everything
}

// CreateOp makes a node, as Session.Create does.
func CreateOp(path string, data []byte, mode CreateMode, acl ...ACL) Op {
	return Op{Type: OpCreate, Path: path, Data: data, Mode: mode, ACL: acl}
}

// SetOp replaces a node's data, as Session.Set does.
func SetOp(path string, data []byte, version int32) Op {
	return Op{Type: OpSet, Path: path, Data: data, Version: version}
}

// DeleteOp removes a node, as Session.Delete does.
func DeleteOp(path string, version int32) Op {
	return Op{Type: OpDelete, Path: path, Version: version}
}

// CheckOp refuses the transaction unless the node exists and has the version; AnyVersion tests only that it exists.
func CheckOp(path string, version int32) Op {
	return Op{Type: OpCheck, Path: path, Version: version}
}

// Result is what one operation of a transaction gave.
type Result struct {
	Path string // create: the path made
	Stat Stat   // set: the node after the change
}

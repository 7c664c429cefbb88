package election

import (
	"time"

	"github.com/hamaster/hamaster/coord"
)

// EventKind says what an Event tells.
type EventKind uint8

const (
	// Tick: nothing but that time has passed; the Deadline may have come.
	Tick EventKind = iota
	// Start is the first event of all.
	Start
	// Opened: a session is there, after an OpenSession effect. Session, Timeout and RenewEvery count.
	Opened
	// Suspended: the session has lost its connection.
	Suspended
	// Resumed: it has one again. Timeout and RenewEvery count, as they may have been negotiated anew.
	Resumed
	// Expired: the session is over. No reply to its calls matters any more.
	Expired
	// Reply answers a Call: its number, Err, and what the operation gives.
	Reply
	// WatchFired: the watch armed by the Call of that number has seen the Change. A watch that ended with its session is no event.
	WatchFired
	// RoleReturned: the role has come back, by itself or because it was told to stop. Err counts.
	RoleReturned
	// Resign asks the master to step down so that another gets its turn; a standby ignores it.
	Resign
	// Leave asks to give up everything and be done.
	Leave
)

// Event is one thing that happened. Which fields count depends on Kind; Alive always does.
type Event struct {
	Kind EventKind

	// Alive is the session's AliveUntil, as of now. Zero where no session is.
	Alive coord.Instant

	Session    coord.SessionID
	Timeout    time.Duration
	RenewEvery time.Duration

	Call   CallID
	Change coord.EventType
	Err    error

	Path  string     // of what was created
	Data  []byte     // of Get
	Stat  coord.Stat // of Get and of the last Set in a transaction
	Names []string   // of Children
}

// CallID numbers the calls of one Machine, from 1; it never repeats.
type CallID uint64

// EffectKind says what an Effect asks for.
type EffectKind uint8

const (
	// DoCall: make the Call on the present session and bring its Reply.
	DoCall EffectKind = iota + 1
	// OpenSession: open one, as long as it takes, and bring Opened.
	OpenSession
	// Reconnect: the connection seems dead; let the session try the next server.
	Reconnect
	// StartRole: run the role for Term, and bring RoleReturned when it comes back.
	StartRole
	// StopRole: close the gate of the term at once, then tell the role to stop. Reason says why.
	StopRole
	// Overran: the role has not stopped in time; somebody else may be master from now on.
	Overran
	// Tell: a Notice for observers.
	Tell
	// Finished: all is over; the Machine asks for nothing more. Err is why, nil after Leave. Clean: nothing of ours stays behind.
	Finished
)

// Effect is one thing to do. Effects of one Step are done in order.
type Effect struct {
	Kind   EffectKind
	Call   Call
	Term   Term
	Reason Reason
	Notice Notice
	Err    error
	Clean  bool
}

// CallKind is the operation of a Call.
type CallKind uint8

const (
	CallCreate CallKind = iota + 1
	CallGet
	CallChildren
	CallSet
	CallDelete
	CallMulti
)

// Call is one operation of the session.
type Call struct {
	ID      CallID
	Kind    CallKind
	Path    string
	Data    []byte           // create, set
	Mode    coord.CreateMode // create
	Version int32            // set, delete
	Watch   bool             // get, children: a WatchFired with this call's number is wanted
	Ops     []coord.Op       // multi
}

// Term is one mastership.
type Term struct {
	// Token is the fencing token: the zxid of the claim. It grows with every term, whatever becomes of the path.
	Token coord.Zxid
	// Number counts the terms of this path.
	Number uint64
	// Node is the name of the master's candidate node.
	Node string
	// Version is the register's version while the term stands.
	Version int32
}

// Reason is why a role is told to stop, or ended.
type Reason uint8

const (
	NoReason       Reason = iota
	RoleEnded             // the role came back by itself, without an error
	RoleFailed            // the role came back by itself, with an error
	LeaseEnded            // the lease could not be renewed
	ConnectionLost        // under StopAtOnce
	SessionExpired        // the service has ended the session
	NodeLost              // the candidate node was deleted
	Deposed               // the register no longer shows the term
	Preempted             // a better candidate is there
	Resigned              // asked to step down
	Leaving               // asked to leave
	Failing               // an error that cannot be mended
	LeaseTooShort         // the role never started: the lease does not outlast the next renewal
)

var reasonNames = [...]string{"", "role ended", "role failed", "lease ended", "connection lost", "session expired", "node lost",
	"deposed", "preempted", "resigned", "leaving", "failing", "lease too short"}

func (r Reason) String() string { return reasonNames[r] }

// NoticeKind says what a Notice tells.
type NoticeKind uint8

const (
	// NowCandidate: the candidate node stands.
	NowCandidate NoticeKind = iota + 1
	// NowStandby: somebody else is, or should be, master; Leader names it where known.
	NowStandby
	// NowMaster: a term has begun; its role starts as soon as the lease allows.
	NowMaster
	// TermEnded: the role, if it was started, has returned; Reason says why the term ended.
	TermEnded
	// NowSuspended and NowResumed: the connection was lost, and is back.
	NowSuspended
	NowResumed
	// SessionGone: the session has expired.
	SessionGone
	// SkippedChild: Node stands under the election path and is no candidate.
	SkippedChild
)

// Notice is something observers may want to know.
type Notice struct {
	Kind   NoticeKind
	Node   string
	Leader string // the master's id
	Term   Term
	Reason Reason
	Err    error
}

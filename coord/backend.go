package coord

import (
	"context"
	"time"
)

// A Backend is a coordination service, seen by one client. It is safe for concurrent use.
type Backend interface {
	// Open opens a new session and returns once the service has confirmed it, or with an error when ctx ends first; then
	// nothing is left behind that this process still keeps alive.
	Open(ctx context.Context) (Session, error)
}

// A Session is one session of the service. Its ephemeral nodes live exactly as long as it does. It is safe for concurrent use.
//
// While the session is [Suspended], calls fail at once with [ErrConnectionLoss]; after it has [Expired] with [ErrSessionExpired];
// after Close with [ErrClosed]. A call whose context is over before anything was sent returns the context's error alone; one whose
// context ends later returns an error that matches both [ErrConnectionLoss] and the context's.
type Session interface {
	// ID identifies the session in [Stat.EphemeralOwner]. It never changes.
	ID() SessionID

	// Timeout is how long the service keeps a silent session, as the service granted it, which may be less or more than what
	// was asked for. It may change when a session is taken up by another server.
	Timeout() time.Duration

	// State returns the present state, and a channel that is closed once the state is no longer the one returned. A caller that
	// comes late misses what lay between, never the last state. The channel of a final state (Expired, Closed) is never closed.
	State() (State, <-chan struct{})

	// AliveUntil is the instant until which the session surely lives at the service, however the network behaves from now on.
	// It grows with successful writes, and with reads only where there are no followers that could answer them without the leader
	// (the in-memory fake); it never grows without a connection. It never shrinks unless a server that takes the session up cuts its timeout: the servers
	// of a service should grant the same. See package lease for the rule.
	AliveUntil() Instant

	// RenewEvery is how long after the answer to one write the next should be sent, by a holder who wants AliveUntil to stay
	// as far ahead as it can be. It is positive.
	RenewEvery() time.Duration

	// Reconnect drops the present connection, if there is one, so that the next server is tried. The session is untouched.
	Reconnect()

	// Create makes a node and returns its path, which for a sequential mode has ten digits appended: how many children have been
	// made under the same parent before. With no acl given everybody may do everything.
	// Errors: ErrNoNode (the parent), ErrNodeExists, ErrNoChildrenForEphemerals, ErrNoAuth, ErrInvalidACL, ErrInvalid.
	Create(ctx context.Context, path string, data []byte, mode CreateMode, acl ...ACL) (string, error)

	// Exists returns the node's Stat, or ErrNoNode. With watch, the Watch is armed in both cases: it ends when the node is
	// created, changed or deleted.
	Exists(ctx context.Context, path string, watch bool) (Stat, *Watch, error)

	// Get returns the node's data and Stat. With watch, and without an error, the Watch is armed: it ends when the node is
	// changed or deleted. Errors: ErrNoNode (which leaves no watch), ErrNoAuth.
	Get(ctx context.Context, path string, watch bool) ([]byte, Stat, *Watch, error)

	// Children returns the names, in no order, and the parent's Stat. With watch, and without an error, the Watch is armed:
	// it ends when a child is created or deleted, or when the node itself is deleted. Errors: ErrNoNode, ErrNoAuth.
	Children(ctx context.Context, path string, watch bool) ([]string, Stat, *Watch, error)

	// Set replaces the data if the node's version is the given one, or in any case with AnyVersion. Other negative versions match
	// none.
	// Errors: ErrNoNode, ErrBadVersion, ErrNoAuth, ErrInvalid.
	Set(ctx context.Context, path string, data []byte, version int32) (Stat, error)

	// Delete removes a node without children if its version is the given one, or in any case with AnyVersion.
	// Errors: ErrNoNode, ErrBadVersion, ErrNotEmpty, ErrNoAuth, ErrInvalid.
	Delete(ctx context.Context, path string, version int32) error

	// Multi applies all operations, in order and as one, or none. It returns a result for each, or one *Error that tells by
	// Index which operation refused. A transaction of nothing but checks is a round trip through a quorum that changes
	// nothing: the barrier before a read that must not be stale.
	Multi(ctx context.Context, ops ...Op) ([]Result, error)

	// Sync makes later reads of this session show at least what the server's leader had committed when it passed the Sync on.
	// It does not prove that this leader still is one.
	Sync(ctx context.Context, path string) error

	// Close ends the session at the service, and with it its ephemeral nodes, and waits for what the session had running. While
	// Suspended it waits for a connection, until ctx ends or the session must have ended by itself. An error says that the service could not be told: the nodes then stay until the session expires. Later calls return nil.
	Close(ctx context.Context) error
}

// A Watch tells once of a change to a node. Watches of one session may be shared: the same read repeated may return the same
// Watch. There is nothing to close.
type Watch struct {
	done  chan struct{}
	event Event
	fired bool
}

// NewWatch returns a Watch and the function that ends it, with an event (fired true) or because the session is over (fired
// false). That function is for backends, and must be called at most once.
func NewWatch() (*Watch, func(event Event, fired bool)) {
	w := &Watch{done: make(chan struct{})}
	return w, func(event Event, fired bool) {
		w.event, w.fired = event, fired
		close(w.done)
	}
}

// Done is closed when the watch is over.
func (w *Watch) Done() <-chan struct{} { return w.done }

// Event returns what happened, and true; or false while nothing has, and also when the watch ended with its session: that is
// no change of the node. It may be called at any time.
func (w *Watch) Event() (Event, bool) {
	select {
	case <-w.done:
		return w.event, w.fired
	default:
		return Event{}, false
	}
}

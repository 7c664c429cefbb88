package coord

import (
	"errors"
	"fmt"
	"strconv"
)

// The service refused: nothing changed.
var (
	ErrNoNode                  = errors.New("no such node")
	ErrNodeExists              = errors.New("node exists already")
	ErrNotEmpty                = errors.New("node has children")
	ErrBadVersion              = errors.New("version does not match")
	ErrNoChildrenForEphemerals = errors.New("an ephemeral node cannot have children")
	ErrNoAuth                  = errors.New("not authorised")
	ErrInvalidACL              = errors.New("ACL not accepted")
)

// The session is gone: this call did not take effect, and no later one will.
var (
	ErrSessionExpired = errors.New("session has expired")
	ErrClosed         = errors.New("session is closed")
)

// ErrConnectionLoss: the connection was lost, or the caller's context ended, before the answer came. The call may have taken
// effect, or may still do so before the session's next call does.
var ErrConnectionLoss = errors.New("connection lost, outcome unknown")

// ErrInvalid: the arguments can never be right; nothing was sent.
var ErrInvalid = errors.New("invalid argument")

// Error is what every failed call returns: the operation, the path, and a cause that errors.Is finds: one of the sentinels above, or
// the error of a context that was over before anything was sent.
type Error struct {
	Op    string // "create", "get", "multi", ...
	Path  string // of the node; in a transaction, of the operation that refused; empty for "open" and "close", unless one concerns a path
	Index int    // in a transaction, the number of the operation that refused, from 0; else 0
	Err   error
}

func (e *Error) Error() string {
	op := e.Op
	if op == "multi" {
		op += " (operation " + strconv.Itoa(e.Index) + ")"
	}
	if e.Path == "" {
		return fmt.Sprintf("%s: %v", op, e.Err)
	}
	return fmt.Sprintf("%s %s: %v", op, e.Path, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

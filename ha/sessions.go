package ha

import (
	"context"

	"github.com/hamaster/hamaster/coord"
)

// Sessions is where a candidate gets its session from. Several may be given the same one; each uses it for another election. Its
// methods may be called concurrently. A session may end at any time, also by being closed: the candidate then asks for another.
type Sessions interface {
	// Session returns a session that is not over, opening one if need be, or an error when ctx ends first. It is called again
	// after an error, with growing pauses.
	Session(ctx context.Context) (coord.Session, error)
	// Release says that the caller is done with what Session returned, once for each time. If the session goes on, the caller
	// has removed what it made, or reports [ErrNotClean] itself. An error means that something of the caller's may stay behind
	// until the session expires.
	Release(ctx context.Context, s coord.Session) error
}

// ownSessions opens a session for one candidate alone, and closes it behind it.
type ownSessions struct{ backend coord.Backend }

func (o ownSessions) Session(ctx context.Context) (coord.Session, error) { return o.backend.Open(ctx) }

func (o ownSessions) Release(ctx context.Context, s coord.Session) error { return s.Close(ctx) }

package coordtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// Harness tells [Run] how to reach a backend and what can be done to it. Only New is needed.
//
// Checks wait for sessions to expire, so their timeout should be short; and none may expire because the machine is busy, so in
// real time it should not be under 3 s.
type Harness struct {
	// New returns the service for one check, and ends with t.Cleanup what it started. It is called once for each check, by several
	// at once. All checks may share one real service: each works below a node of its own, which it makes under "/" and removes.
	New func(t testing.TB) Service

	// Lacks names what the clients of this harness cannot do. Checks that need it are left out, and Run says so in one line. What
	// is not named here must be there: nothing is left out by mistake.
	Lacks []Capability

	// Patience bounds each wait for what the contract says must come; 0 means 30 s. It should be ten session timeouts or more. A
	// backend that keeps the contract never uses it up.
	Patience time.Duration

	// Parallel is how many checks run at once, whatever go test -parallel says, since most of them wait; 0 means 8.
	Parallel int

	// Wrap runs the body of a check; nil just calls it. With synctest.Test the whole suite runs in virtual time.
	Wrap func(t *testing.T, body func(t *testing.T))

	// Now is the clock of AliveUntil; nil means clock.Now.
	Now func() coord.Instant

	// ReadsProveLife is for a service without followers, where a successful read, too, shows that the session lives. Otherwise
	// AliveUntil must grow with successful writes only.
	ReadsProveLife bool
}

// Service is one coordination service, or one more way to reach a shared one.
type Service struct {
	// NewClient returns a client with a link of its own: what is done to one client is not felt by another. A check makes up to
	// five. What it starts ends with t.Cleanup.
	NewClient func(t testing.TB) Client

	// Settle returns when every server shows all that was written before. Nil means that there is but one server.
	Settle func(t testing.TB)
}

// Client is a backend and the faults of the link between it and the service. They act on all sessions of the client, also on
// connections that are made later, and return when they are in force. Functions that the harness lacks are nil.
type Client struct {
	Backend coord.Backend

	// Cut makes the link silent in that direction, until Heal: what is sent is held back or lost, and nobody is told. Connections
	// may still be made, but no handshake succeeds.
	Cut func(Direction)

	// Heal ends every cut. What was held back is delivered in order, or the connection it belonged to is broken.
	Heal func()

	// Reset breaks the present connections, as a server's restart does. New ones can be made at once.
	Reset func()

	// LoseNextRequest makes the next call of this client not reach the service, and breaks the connection. Pings are no calls.
	LoseNextRequest func()

	// LoseNextReply makes the next call of this client take effect, but its reply is lost, and the connection is broken. Pings are
	// no calls.
	LoseNextReply func()

	// Expire makes the service end a session of this client as if it had been silent for too long. Where it is nil but Cut and Heal
	// are there, the suite cuts the client off until the service does so by itself.
	Expire func(coord.SessionID)
}

// Direction is which way of a link a fault strikes.
type Direction uint8

const (
	Requests Direction = 1 << iota // from the client to the service
	Replies                        // from the service to the client: replies and watch events
	Both     = Requests | Replies
)

func (d Direction) String() string {
	switch d {
	case Requests:
		return "requests"
	case Replies:
		return "replies"
	case Both:
		return "both ways"
	}
	return fmt.Sprintf("Direction(%d)", uint8(d))
}

// Capability is something that a harness, or a backend, may not be able to do.
type Capability uint8

const (
	Cuts         Capability = iota + 1 // Client.Cut and Client.Heal
	Resets                             // Client.Reset
	LostRequests                       // Client.LoseNextRequest
	LostReplies                        // Client.LoseNextReply
	Expiry                             // Client.Expire, or Client.Cut and Client.Heal
	ACLs                               // the service keeps access control lists
)

func (c Capability) String() string {
	switch c {
	case Cuts:
		return "cuts"
	case Resets:
		return "resets"
	case LostRequests:
		return "lost requests"
	case LostReplies:
		return "lost replies"
	case Expiry:
		return "expiry"
	case ACLs:
		return "access control lists"
	}
	return fmt.Sprintf("Capability(%d)", uint8(c))
}

// has reports whether the client can do what c names. Access control is up to the service.
func (c Client) has(capability Capability) bool {
	switch capability {
	case Cuts:
		return c.Cut != nil && c.Heal != nil
	case Resets:
		return c.Reset != nil
	case LostRequests:
		return c.LoseNextRequest != nil
	case LostReplies:
		return c.LoseNextReply != nil
	case Expiry:
		return c.Expire != nil || c.has(Cuts)
	}
	return true
}

package ha

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// Role is what the application does while master. It must return soon after ctx is done; context.Cause(ctx) is then an
// [*EndedError] that says why. If it returns by itself, with or without an error, the candidate gives up the mastership and
// registers again after a wait. A role that ends its goroutine instead of returning (runtime.Goexit) has failed; one that panics
// ends the process, as anywhere. The values of ctx are those of the context that Run was given.
type Role func(ctx context.Context, term *Term) error

// Policy says who should be master; see package election for making one's own.
type Policy = election.Policy

// Reason is why a term ended.
type Reason = election.Reason

// The ready-made policies.
var (
	OldestFirst = election.OldestFirst
	NewestFirst = election.NewestFirst
	ByName      = election.ByName
	ByPriority  = election.ByPriority
)

// What a master does when its connection is lost while its lease still stands.
const (
	KeepLeading = election.KeepLeading
	StopAtOnce  = election.StopAtOnce
)

// Config is one candidate of one election. Path and ID must be given.
type Config struct {
	// Path is the election path, absolute and without a trailing slash. Missing parts are created.
	Path string
	// ID names the candidate to people and to the ByName policy. At most 255 bytes, no slash, no hyphen at the end. Two
	// candidates may have the same.
	ID string
	// Data is kept, byte for byte, in the candidate's node. At most coord.MaxData bytes.
	Data []byte
	// Policy must be the same for all candidates. The zero Policy is OldestFirst.
	Policy Policy
	// Priority counts under ByPriority only; the greatest wins.
	Priority int32
	// OnSuspend is KeepLeading if not set.
	OnSuspend election.OnSuspend

	// StopGrace is how long the role may need to return once its context is done: the lease ends that much before the session
	// could. Zero means a tenth of the session timeout that the service grants; more than a third of that is refused.
	StopGrace time.Duration
	// WaitMin and WaitMax bound the wait before the candidate registers again after its role has returned by itself, doubling
	// from one to the other. Zero means 1 s and 30 s.
	WaitMin, WaitMax time.Duration
	// OpenWithin is how long the first session may take to open before Run gives up. Zero means 15 s, negative as long as it
	// takes. Later sessions may always take as long as they do.
	OpenWithin time.Duration

	// OnOverrun is called, at most once a term and by a goroutine of its own, when the role has not returned in time, so that
	// somebody else may be master from now on. The safest thing to do is to end the process: [ExitProcess] does. It may call the
	// Candidate's methods, but must not wait for Run, which waits for it. Nil: it is only logged and observed.
	OnOverrun func(Event)
	// Observer hears of everything that happens, in order; see there. Nil: nobody does.
	Observer Observer
	// Logger gets a line for what happens. Nil: silent.
	Logger hclog.Logger
}

// validate reports all that is wrong at once.
func (c *Config) validate(sessions Sessions, role Role) error {
	errs := []error{c.election().Validate()}
	if sessions == nil {
		errs = append(errs, fmt.Errorf("%w: no source of sessions is given", coord.ErrInvalid))
	}
	if role == nil {
		errs = append(errs, fmt.Errorf("%w: no role is given", coord.ErrInvalid))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("election %q, candidate %q: %w", c.Path, c.ID, err)
	}
	return nil
}

func (c *Config) election() *election.Config {
	return &election.Config{
		Path: c.Path, ID: c.ID, Data: c.Data, Policy: c.Policy, Weight: c.Priority, OnSuspend: c.OnSuspend,
		Grace: c.StopGrace, WaitMin: c.WaitMin, WaitMax: c.WaitMax, Seed: rand.Uint64(),
	}
}

func (c *Config) openWithin() time.Duration {
	if c.OpenWithin == 0 {
		return 15 * time.Second
	}
	return c.OpenWithin
}

// grace is the stop grace under a session with that timeout.
func (c *Config) grace(timeout time.Duration) time.Duration {
	if c.StopGrace == 0 {
		return timeout / 10
	}
	return c.StopGrace
}

// PolicyByName returns the ready-made policy "oldest", "newest", "name" or "priority".
func PolicyByName(name string) (Policy, error) { return election.PolicyByName(name) }

var (
	// ErrNotMaster: the term is over; the transaction was not made for that reason.
	ErrNotMaster = errors.New("not master any more")
	// ErrNotClean: leaving could not tell the service everything; the candidate node may stand until its session expires.
	ErrNotClean = errors.New("could not leave cleanly")
	// ErrRunning: Run was called twice on one Candidate.
	ErrRunning = errors.New("the candidate has been run already")

	// ErrNoRegister and ErrPolicyMismatch end a candidate; see package election.
	ErrNoRegister     = election.ErrNoRegister
	ErrPolicyMismatch = election.ErrPolicyMismatch
)

// EndedError is the cause of a role's context once its term has ended.
type EndedError struct {
	Token  coord.Zxid
	Reason Reason
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("term %v ended: %v", e.Token, e.Reason)
}

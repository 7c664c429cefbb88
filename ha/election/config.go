package election

import (
	"errors"
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// OnSuspend says what a master does when its connection is lost while its lease still stands.
type OnSuspend uint8

const (
	// KeepLeading: go on until the lease ends. A short disconnect costs nothing. The default.
	KeepLeading OnSuspend = iota
	// StopAtOnce: stop the role, though nobody else can be master yet.
	StopAtOnce
)

// Config is what does not change during the life of a Machine. Machines and their copies share it.
type Config struct {
	// Path is the election path, absolute; missing parts are created.
	Path string
	// ID names the candidate to people and to the by-name policy. It need not be unique. It is part of a node's name, so it
	// has no slash, and does not end in a hyphen. At most 255 bytes.
	ID string
	// Data is the candidate node's data, for the application's own use. At most coord.MaxData bytes.
	Data []byte
	// Policy ranks the candidates, and must be the same for all of an election. The zero Policy is OldestFirst.
	Policy Policy
	// Weight is the candidate's priority under a Weighted policy. The greatest wins.
	Weight int32
	// OnSuspend: see there.
	OnSuspend OnSuspend

	// Grace is how long a role may need to stop: the lease ends that much before the session might. Zero means a tenth of the
	// negotiated timeout. More than a third of it is refused once the timeout is known; more than a quarter leaves little room
	// for renewals where the service's tick is not known.
	Grace time.Duration
	// WaitMin and WaitMax bound the wait before registering again after the role has ended by itself: it doubles from one to
	// the other, less a random part of up to a half. Zero means 1 s and 30 s.
	WaitMin, WaitMax time.Duration
	// Seed makes the random part differ between candidates.
	Seed uint64
}

const maxID = 255

// Validate reports everything that is wrong with c; each error matches coord.ErrInvalid.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{coord.ErrInvalid}, args...)...))
	}
	if err := coord.ValidatePath(c.Path); err != nil {
		errs = append(errs, fmt.Errorf("election path: %w", err))
	} else if c.Path == "/" {
		bad("election path: the root cannot be an election's own")
	}
	if err := coord.ValidateName(c.ID); err != nil {
		errs = append(errs, fmt.Errorf("candidate id: %w", err))
	} else if c.ID[len(c.ID)-1] == '-' {
		bad("candidate id %q ends in a hyphen", c.ID)
	} else if len(c.ID) > maxID {
		bad("candidate id of %d bytes: at most %d", len(c.ID), maxID)
	}
	if len(c.Data) > coord.MaxData {
		bad("candidate data of %d bytes: at most %d", len(c.Data), coord.MaxData)
	}
	if c.Policy.Name == "" && (c.Policy.Before != nil || c.Policy.Displaces || c.Policy.Weighted) {
		bad("a policy of one's own needs a name")
	}
	if c.Weight != 0 && !c.Policy.Weighted {
		bad("priority %d given, but the policy %q does not weigh", c.Weight, c.Policy.name())
	}
	if c.OnSuspend > StopAtOnce {
		bad("unknown choice on suspension %d", c.OnSuspend)
	}
	if c.Grace < 0 {
		bad("stop grace %v is negative", c.Grace)
	}
	if c.WaitMin < 0 || c.WaitMax < 0 || c.waitMin() > c.waitMax() {
		bad("wait before registering again: from %v to %v", c.waitMin(), c.waitMax())
	}
	return errors.Join(errs...)
}

func (c *Config) waitMin() time.Duration {
	if c.WaitMin == 0 {
		return time.Second
	}
	return c.WaitMin
}

func (c *Config) waitMax() time.Duration {
	if c.WaitMax == 0 {
		return max(30*time.Second, c.WaitMin)
	}
	return c.WaitMax
}

// grace is the stop grace under a session with that timeout.
func (c *Config) grace(timeout time.Duration) time.Duration {
	if c.Grace == 0 {
		return timeout / 10
	}
	return c.Grace
}

// fits reports an error unless the grace leaves room for leading under a session with that timeout.
func (c *Config) fits(timeout time.Duration) error {
	if grace := c.grace(timeout); grace > timeout/3 {
		return fmt.Errorf("%w: stop grace %v is more than a third of the negotiated session timeout %v", coord.ErrInvalid, grace, timeout)
	}
	return nil
}

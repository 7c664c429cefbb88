package membackend

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/hamaster/hamaster/coord/clock"
)

// Config says how a [Service] behaves. The zero value works.
type Config struct {
	// Clock is where all time comes from. Nil means clock.Real, which inside a synctest bubble is the bubble's.
	Clock clock.Clock

	// SessionTimeout is granted to every session. 0 means 4 s; at least 10 ms and at most 1 h.
	SessionTimeout time.Duration

	// Tick is how finely the service tells the ends of sessions apart: a silent one ends between SessionTimeout and a tick after
	// that. 0 means a tenth of SessionTimeout; at most SessionTimeout.
	Tick time.Duration

	// Latency is how long a message takes one way, on every link until [Client.Delay] changes it. Less than a sixth of
	// SessionTimeout: with more, no handshake would be in time.
	Latency time.Duration

	// Journal is how many transactions [Service.Journal] tells of, the last ones. 0 keeps none.
	Journal int
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.Real
	}
	c.SessionTimeout = cmp.Or(c.SessionTimeout, 4*time.Second)
	c.Tick = cmp.Or(c.Tick, c.SessionTimeout/10)
	return c
}

func (c Config) validate() error {
	var problems []error
	if c.SessionTimeout < 10*time.Millisecond || c.SessionTimeout > time.Hour {
		problems = append(problems, fmt.Errorf("session timeout of %v: it must be 10 ms to 1 h", c.SessionTimeout))
	}
	if c.Tick < 0 || c.Tick > c.SessionTimeout {
		problems = append(problems, fmt.Errorf("tick of %v: it must be positive and at most the session timeout", c.Tick))
	}
	if c.Latency < 0 || c.Latency >= c.SessionTimeout/6 {
		problems = append(problems, fmt.Errorf("latency of %v: it must not be negative, and less than a sixth of the session timeout", c.Latency))
	}
	if c.Journal < 0 {
		problems = append(problems, fmt.Errorf("journal of %d transactions: it must not be negative", c.Journal))
	}
	if len(problems) > 0 {
		return fmt.Errorf("membackend: %w", errors.Join(problems...))
	}
	return nil
}

// The client's times, as ZooKeeper's clients derive them from the session timeout.

// pingEvery is how long a client is silent before it sends a ping.
func (c Config) pingEvery() time.Duration { return c.SessionTimeout / 3 }

// patience is how long a client bears the service's silence.
func (c Config) patience() time.Duration { return c.SessionTimeout / 3 * 2 }

// handshake is how long a client waits for its connect request to be answered.
func (c Config) handshake() time.Duration { return c.SessionTimeout / 3 }

// redialAfter is how long a client waits after an attempt has been refused.
func (c Config) redialAfter() time.Duration { return max(c.SessionTimeout/20, time.Millisecond) }

func (c Config) timeoutMillis() int32 {
	return int32(min(c.SessionTimeout.Milliseconds(), math.MaxInt32))
}

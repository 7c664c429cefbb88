package ha

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// Run is the one-call form: it takes part in the election until ctx is done, then leaves, and returns nil if it left cleanly. It
// returns an error for a Config that can never work, with nothing made, when the service cannot be reached within
// Config.OpenWithin, and when the election cannot be taken part in (data that is no register, another policy, no permission).
//
// Leaving takes a few round trips once the role has returned, or, while the service cannot be reached, up to one and a half session
// timeouts; then the error matches [ErrNotClean]. Run never returns while the role runs, nor while Config.Observer or
// Config.OnOverrun is being called.
func Run(ctx context.Context, backend coord.Backend, cfg Config, role Role) error {
	c, err := New(backend, cfg, role)
	if err != nil {
		return err
	}
	return c.Run(ctx)
}

// Candidate is one candidate of one election, for those who want to look at it or steer it while it runs.
type Candidate struct {
	cfg      Config
	sessions Sessions
	role     Role

	resigning chan struct{} // holds one token at most

	mu      sync.Mutex
	started bool
	status  Status
	changed chan struct{}
}

// Status is where a candidate stands.
type Status = election.Status

// New checks cfg and returns a candidate with a session of its own.
func New(backend coord.Backend, cfg Config, role Role) (*Candidate, error) {
	if backend == nil {
		return nil, fmt.Errorf("%w: no backend is given", coord.ErrInvalid)
	}
	return NewOn(ownSessions{backend}, cfg, role)
}

// NewOn is New with the session from elsewhere.
func NewOn(sessions Sessions, cfg Config, role Role) (*Candidate, error) {
	if err := cfg.validate(sessions, role); err != nil {
		return nil, err
	}
	cfg.Data = bytes.Clone(cfg.Data)
	if cfg.Logger == nil {
		cfg.Logger = hclog.NewNullLogger()
	}
	return &Candidate{
		cfg: cfg, sessions: sessions, role: role,
		resigning: make(chan struct{}, 1),
		changed:   make(chan struct{}),
	}, nil
}

// Run is as the function Run. It can be called once.
func (c *Candidate) Run(ctx context.Context) error {
	c.mu.Lock()
	again := c.started
	c.started = true
	c.mu.Unlock()
	if again {
		return ErrRunning
	}
	return newLoop(ctx, c).run(ctx)
}

// Status returns where the candidate stands, and a channel that is closed once that has changed. Who comes late misses what lay
// between, never the last.
func (c *Candidate) Status() (Status, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status, c.changed
}

// Resign asks a master to step down and let another have its turn, after which it registers again as it does when its role returns
// by itself. For one that is not master it does nothing.
func (c *Candidate) Resign() {
	select {
	case c.resigning <- struct{}{}:
	default:
	}
}

func (c *Candidate) publish(s Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == c.status {
		return
	}
	c.status = s
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *Candidate) observers() []Observer {
	var list []Observer
	if c.cfg.Observer != nil {
		list = append(list, c.cfg.Observer)
	}
	return append(list, logTo(c.cfg.Logger))
}

// permanent: trying again can never help.
func permanent(err error) bool {
	return errors.Is(err, coord.ErrInvalid) || errors.Is(err, coord.ErrNoNode) || errors.Is(err, coord.ErrNoAuth)
}

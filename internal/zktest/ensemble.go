package zktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Config says what to start. The zero value is one server with a tick of 200 ms.
type Config struct {
	// Servers is how many form the ensemble; 0 means 1, which runs standalone.
	Servers int
	// Tick is the servers' tickTime, in whole milliseconds; 0 means 200 ms. Session timeouts are between 2 and 20 ticks.
	Tick time.Duration
	// Extra is more settings of the configuration file, by their names there.
	Extra map[string]string
	// JVM is the options of the Java processes; nil means some that make for a quick start and a small footprint: a test's load is
	// light, and several servers share a machine.
	JVM []string
}

func (c Config) withDefaults() Config {
	if c.Servers == 0 {
		c.Servers = 1
	}
	if c.Tick == 0 {
		c.Tick = 200 * time.Millisecond
	}
	if c.JVM == nil {
		c.JVM = quickStart
	}
	return c
}

func (c Config) validate() error {
	var errs []error
	if c.Servers < 0 || c.Servers > 9 {
		errs = append(errs, fmt.Errorf("zktest: Servers is %d, must be 1 to 9", c.Servers))
	}
	if c.Tick < time.Millisecond || c.Tick%time.Millisecond != 0 {
		errs = append(errs, fmt.Errorf("zktest: Tick is %v, must be whole milliseconds", c.Tick))
	}
	return errors.Join(errs...)
}

// Ensemble is the running servers of one service.
type Ensemble struct {
	Servers []*Server
	dir     string
}

// Launch starts the servers and returns once all of them serve, or with an error that holds what they printed. ctx bounds the
// start alone.
func Launch(ctx context.Context, cfg Config) (*Ensemble, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if err := Available(); err != nil {
		return nil, err
	}
	e := &Ensemble{}
	if err := e.launch(ctx, cfg); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Ensemble) launch(ctx context.Context, cfg Config) (err error) {
	if e.dir, err = os.MkdirTemp("", "zktest"); err != nil {
		return err
	}
	for i := range cfg.Servers {
		s, err := newServer(e.dir, i+1)
		if err != nil {
			return err
		}
		e.Servers = append(e.Servers, s)
	}
	for _, s := range e.Servers {
		if err := s.configure(cfg, e.Servers); err != nil {
			return err
		}
		if err := s.Start(); err != nil {
			return err
		}
	}
	return e.WaitServing(ctx)
}

// Addrs are the client addresses of all servers, running or not.
func (e *Ensemble) Addrs() []string {
	addrs := make([]string, len(e.Servers))
	for i, s := range e.Servers {
		addrs[i] = s.Addr()
	}
	return addrs
}

// WaitServing returns once every server that runs serves clients, which in an ensemble takes a leader.
func (e *Ensemble) WaitServing(ctx context.Context) error {
	for _, s := range e.Servers {
		if err := s.WaitServing(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Leader returns the server that leads, or that stands alone. It waits for one until ctx ends, and then returns an error.
func (e *Ensemble) Leader(ctx context.Context) (*Server, error) {
	var leader *Server
	err := poll(ctx, func() error {
		for _, s := range e.Servers {
			if mode, err := s.Mode(ctx); err == nil && (mode == "leader" || mode == "standalone") {
				leader = s
				return nil
			}
		}
		return errors.New("zktest: no server leads")
	})
	return leader, err
}

// Close kills the servers and removes their data. It may be called more than once.
func (e *Ensemble) Close() error {
	var errs []error
	for _, s := range e.Servers {
		errs = append(errs, s.Kill())
		s.release()
	}
	if e.dir != "" {
		errs = append(errs, os.RemoveAll(e.dir))
	}
	return errors.Join(errs...)
}

// poll repeats try until it succeeds or ctx ends; then it returns ctx's error and the last of try.
func poll(ctx context.Context, try func() error) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-ticker.C:
		}
	}
}

package simulate

import (
	"fmt"
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/lease"
	"github.com/hamaster/hamaster/ha/election"
)

// Options say which world to run. The zero value leaves everything to the seed.
type Options struct {
	// Seed is what all chance comes from.
	Seed uint64
	// Nodes is the number of candidates, at most MaxNodes; 0 leaves it to chance.
	Nodes int
	// Servers is the number of the service's servers, at most MaxServers; 0 leaves it to chance.
	Servers int
	// Policy is a ready-made policy's name; empty leaves it to chance.
	Policy string
	// For is how long, in virtual time, there are faults; 0 means a minute.
	For time.Duration
	// Faults are those that may exist. Each run draws which of them do. 0 means AllFaults.
	Faults Fault
	// Quiet: no faults at all.
	Quiet bool
}

// Bounds of Options.
const (
	MaxNodes   = 64
	MaxServers = 7
)

// Validate returns an error that matches coord.ErrInvalid if a world cannot be made of o.
func (o *Options) Validate() error {
	switch {
	case o.Nodes < 0 || o.Nodes > MaxNodes:
		return fmt.Errorf("%w: %d nodes: from 1 to %d, or 0 for any number", coord.ErrInvalid, o.Nodes, MaxNodes)
	case o.Servers < 0 || o.Servers > MaxServers:
		return fmt.Errorf("%w: %d servers: from 1 to %d, or 0 for any number", coord.ErrInvalid, o.Servers, MaxServers)
	case o.For < 0:
		return fmt.Errorf("%w: a run for %v", coord.ErrInvalid, o.For)
	}
	if o.Policy != "" {
		_, err := election.PolicyByName(o.Policy)
		return err
	}
	return nil
}

// setup is the kind of world that was drawn. It does not change, and worlds share it.
type setup struct {
	Options
	policy  election.Policy
	faults  Fault
	gap     time.Duration // between chances for a fault
	timeout time.Duration // of sessions, as asked for
	tick    time.Duration // of the service
	known   bool          // the clients know the tick
	patient int           // ticks for which a server waits for another: ZooKeeper's syncLimit
	near    time.Duration // the shortest delay between a client and a server
	apart   time.Duration // and between two servers
	cfgs    []*election.Config
	ppm     []int64
	grants  []time.Duration // the longest timeout that each server grants
	laggard int             // the server that always lags a little, where servers lag
	twins   bool            // two candidates have the same id
	clutter bool            // there are children that are no candidates
	busy    bool            // roles write through the service as well
}

// path is the election's, and dataPath what roles write.
const (
	path     = "/e"
	dataPath = "/data"
)

func pick[T any](c Chooser, from ...T) T { return from[c.Choose(len(from), Swarm)] }

// draw makes a kind of world out of what o leaves open.
func draw(o Options, c Chooser) *setup {
	s := &setup{Options: o}
	if s.For == 0 {
		s.For = time.Minute
	}
	if s.Nodes == 0 {
		s.Nodes = pick(c, 3, 2, 4, 5, 5, 8)
	}
	if s.Servers == 0 {
		s.Servers = pick(c, 3, 3, 1, 5)
	}
	s.policy, _ = election.PolicyByName(o.Policy)
	if o.Policy == "" {
		s.policy = pick(c, election.Policies()...)
	}
	s.tick = pick[time.Duration](c, 200, 100, 500) * time.Millisecond
	s.timeout = s.tick * time.Duration(pick(c, 10, 4, 6, 20))
	s.known = pick(c, false, true)
	s.patient = pick(c, 5, 2, 10)
	s.near = pick[time.Duration](c, 200, 50, 2000) * time.Microsecond
	s.apart = pick[time.Duration](c, 100, 50, 500) * time.Microsecond
	s.busy = pick(c, false, true)
	s.clutter = pick(c, false, true)
	s.drawFaults(c)
	s.drawNodes(c)
	return s
}

// drawFaults draws which faults exist, and how often: a world with all of them at all times would never get beyond some.
func (s *setup) drawFaults(c Chooser) {
	if s.Faults == 0 {
		s.Faults = AllFaults
	}
	if s.Quiet {
		s.Faults = 0
	}
	for f := Fault(1); f < everyFault; f <<= 1 {
		if s.Faults&f != 0 && c.Choose(2, Swarm) != 0 {
			s.faults |= f
		}
	}
	s.laggard = c.Choose(s.Servers, Swarm)
	s.gap = s.timeout / time.Duration(pick(c, 1, 3, 8))
	s.grants = make([]time.Duration, s.Servers)
	all := s.drawGrant(c)
	for i := range s.grants {
		s.grants[i] = all
		if s.has(Uneven) {
			s.grants[i] = s.drawGrant(c)
		}
	}
}

// drawGrant draws the longest timeout that a server grants. zkbackend advises three ticks or more.
func (s *setup) drawGrant(c Chooser) time.Duration {
	return max(s.timeout*time.Duration(pick(c, 4, 3, 2))/4, 3*s.tick)
}

func (s *setup) drawNodes(c Chooser) {
	s.twins = pick(c, false, false, false, true) && s.Nodes > 1
	suspend := pick(c, election.KeepLeading, election.KeepLeading, election.StopAtOnce)
	part := pick(c, 0, 5, 20) // of the timeout; 0 is the default of a tenth
	for i := range s.Nodes {
		cfg := &election.Config{
			Path: path, ID: fmt.Sprintf("n%d", i), Data: []byte("test"), Policy: s.policy, OnSuspend: suspend, Seed: uint64(i),
			WaitMin: s.timeout / 4, WaitMax: 2 * s.timeout,
		}
		if s.twin(int16(i)) {
			cfg.ID = "n0"
		}
		if part != 0 {
			cfg.Grace = s.shortest() / time.Duration(part)
		}
		if s.policy.Weighted {
			cfg.Weight = int32(c.Choose(3, Swarm))
		}
		s.cfgs = append(s.cfgs, cfg)
		ppm := int64(0)
		if s.has(Drift) {
			ppm = pick[int64](c, 0, -1, 1) * (lease.DefaultDrift - 1)
		}
		s.ppm = append(s.ppm, ppm)
	}
}

// twin reports whether another node has the same id.
func (s *setup) twin(node int16) bool { return s.twins && node < 2 }

func (s *setup) has(f Fault) bool { return s.faults&f != 0 }

// restLimit is how long the way from a server to the leader may rest and then go on, so that signs of life are still passed on
// within the gap that the lease allows for. Where it rests for longer it breaks.
func (s *setup) restLimit() time.Duration {
	tick := time.Duration(0)
	if s.known {
		tick = s.tick
	}
	gap := lease.Gap(s.shortest(), tick)
	return max(0, (gap-s.tick/2)*9/10-16*s.apart)
}

// shortest is the shortest timeout that a session may have.
func (s *setup) shortest() time.Duration { return slices.Min(s.grants) }

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

// stage is where the candidate processes play. One goroutine owns it; the children's own bring what they see.
type stage struct {
	program  string
	args     []string // that all children have in common
	policy   ha.Policy
	patience time.Duration // how long any step may take before it counts as failed

	line     *timeline
	ledger   ledger
	sighted  chan sighting
	closing  chan struct{} // closed when nobody takes sightings any more
	children []*child      // all that were ever started, in that order
}

func newStage(program string, args []string, policy ha.Policy, out io.Writer) *stage {
	return &stage{
		program: program, args: args, policy: policy,
		line:    newTimeline(out, candidates),
		sighted: make(chan sighting, 64),
		closing: make(chan struct{}),
	}
}

func (st *stage) report(s sighting) {
	select {
	case st.sighted <- s:
	case <-st.closing:
	}
}

// start adds a candidate. The later of two ranks as the later registered, as each is waited for.
func (st *stage) start(id string, step bool) error {
	c := &child{candidate: election.Candidate{
		Node: id + "-" + strconv.Itoa(len(st.children)), ID: id, Seq: int32(len(st.children)),
	}}
	args := append(slices.Clone(st.args), "--id", id)
	if st.policy.Weighted {
		c.candidate.Weight = int32(slices.Index(candidates, id) + 1)
		args = append(args, "--priority", strconv.Itoa(int(c.candidate.Weight)))
	}
	st.line.add(entry{at: time.Now(), id: id, state: "starting", text: "▶ start " + id, action: true, step: step})
	if err := c.start(st.program, args, st.report); err != nil {
		return err
	}
	st.children = append(st.children, c)
	return nil
}

// live are the children that were neither killed nor asked to leave.
func (st *stage) live() []*child {
	return slices.DeleteFunc(slices.Clone(st.children), func(c *child) bool {
		return c.gone || c.leaving || !c.killedAt.IsZero()
	})
}

// favourite is who should be master now.
func (st *stage) favourite() *child {
	var best *child
	for _, c := range st.live() {
		if best == nil || st.policy.Ranks(c.candidate, best.candidate) {
			best = c
		}
	}
	return best
}

// settled reports whether the right one is master and all the others are registered.
func (st *stage) settled() bool {
	best := st.favourite()
	for _, c := range st.live() {
		if c == best && c.state != ha.RoleStarted || c != best && c.state != ha.BecameCandidate && c.state != ha.BecameStandby {
			return false
		}
	}
	return best != nil
}

// await lets things happen until done, which must come to pass within the stage's patience.
func (st *stage) await(ctx context.Context, expectation string, done func() bool) error {
	limit := time.NewTimer(st.patience)
	defer limit.Stop()
	for !done() {
		select {
		case s := <-st.sighted:
			if err := st.see(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-limit.C:
			return fmt.Errorf("expected, and did not happen within %v: %s", st.patience, expectation)
		}
	}
	return nil
}

// watch lets things happen for a while.
func (st *stage) watch(ctx context.Context, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		select {
		case s := <-st.sighted:
			if err := st.see(s); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-over.C:
			return nil
		}
	}
}

// see takes note of one sighting. An error is something that must not happen at all.
func (st *stage) see(s sighting) error {
	c, r := s.from, s.record
	switch {
	case s.ended:
		return st.seeEnd(c, s.err)
	case s.err != nil:
		return s.err
	}
	st.ledger.note(r)
	if !c.killedAt.IsZero() { // printed before, heard of after
		st.ledger.killed(r.ID, c.killedAt)
		return nil
	}
	e := entry{at: r.Time.Time, id: r.ID, text: r.ID + " " + r.sentence()}
	if name, ok := stateNames[r.Event]; ok {
		c.state, e.state = r.Event, name
	}
	st.line.add(e)
	if r.Event == ha.Failed {
		return fmt.Errorf("candidate %s reports: %s", r.ID, r.Error)
	}
	return nil
}

func (st *stage) seeEnd(c *child, err error) error {
	c.gone = true
	if !c.endedAsAsked(err) {
		return c.complaint(err)
	}
	return nil
}

// close asks all children to leave, kills those that do not, and returns when all are gone and the timeline is complete.
func (st *stage) close() error {
	close(st.closing)
	for _, c := range st.children {
		if !c.gone && !c.leaving {
			_ = c.leave() // who cannot be asked is killed below
		}
	}
	grace := make(chan struct{})
	timer := time.AfterFunc(3*time.Second, func() { close(grace) })
	defer timer.Stop()
	for _, c := range st.children {
		c.end(grace)
	}
	return st.line.close()
}

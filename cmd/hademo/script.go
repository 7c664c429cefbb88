package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// candidates are the processes of the demonstration, in order of their first start, name and priority.
var candidates = []string{"alpha", "bravo", "charlie"}

// perform plays the demonstration. Each step waits until the election has settled.
func (st *stage) perform(ctx context.Context, pace time.Duration) error {
	for _, id := range candidates {
		if err := st.startAndSettle(ctx, id, false); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) (string, error){st.killMaster, st.retireMaster, st.killMaster} {
		if err := st.watch(ctx, pace); err != nil {
			return err
		}
		if err := st.await(ctx, "the policy's choice is master", st.settled); err != nil {
			return err
		}
		id, err := step(ctx)
		if err != nil {
			return err
		}
		if err := st.watch(ctx, pace*2/3); err != nil {
			return err
		}
		if err := st.startAndSettle(ctx, id, true); err != nil {
			return err
		}
	}
	if err := st.watch(ctx, pace); err != nil {
		return err
	}
	return st.retireAll(ctx)
}

func (st *stage) startAndSettle(ctx context.Context, id string, step bool) error {
	if err := st.start(id, step); err != nil {
		return err
	}
	return st.await(ctx, id+" takes part, and the policy's choice is master", st.settled)
}

// killMaster is the crash: the service finds out only when the session expires.
func (st *stage) killMaster(ctx context.Context) (id string, err error) {
	c := st.favourite()
	id = c.candidate.ID
	at, err := c.kill()
	if err != nil {
		return id, fmt.Errorf("killing %s: %w", id, err)
	}
	st.ledger.killed(id, at)
	st.line.add(entry{at: at, id: id, state: "killed", text: "▶ SIGKILL to " + id + ", which is missed when its session expires", action: true, step: true})
	if err := st.await(ctx, "another takes over from "+id+", which was killed", st.settled); err != nil {
		return id, err
	}
	st.tellSuccessor(at, id+" was killed")
	return id, nil
}

// retireMaster is the planned restart: the master says that it leaves.
func (st *stage) retireMaster(ctx context.Context) (id string, err error) {
	c := st.favourite()
	id = c.candidate.ID
	at, err := st.retire(c, true, ", which gives its place up")
	if err != nil {
		return id, err
	}
	if err := st.await(ctx, id+" leaves and another takes over", func() bool { return c.gone && st.settled() }); err != nil {
		return id, err
	}
	st.tellSuccessor(at, id+" was asked to leave")
	return id, nil
}

// retireAll ends the demonstration, the master last, so that nobody takes over.
func (st *stage) retireAll(ctx context.Context) error {
	master := st.favourite()
	order := slices.DeleteFunc(st.live(), func(c *child) bool { return c == master })
	for i, c := range append(order, master) {
		if _, err := st.retire(c, i == 0, ""); err != nil {
			return err
		}
		if err := st.await(ctx, c.candidate.ID+" leaves", func() bool { return c.gone }); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) retire(c *child, step bool, remark string) (at time.Time, err error) {
	id := c.candidate.ID
	at = time.Now()
	st.ledger.retired(id, at)
	st.line.add(entry{at: at, id: id, text: "▶ " + gracefully + " to " + id + remark, action: true, step: step})
	if err := c.leave(); err != nil {
		return at, fmt.Errorf("asking %s to leave: %w", id, err)
	}
	return at, nil
}

// tellSuccessor says how long the place was vacant.
func (st *stage) tellSuccessor(since time.Time, what string) {
	if t := st.ledger.last(); t != nil {
		st.line.add(entry{at: time.Now(), text: fmt.Sprintf("  %s took over %s after %s", t.id, brief(t.start.Sub(since)), what)})
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

// workEvery is how often a master does its work.
const workEvery = 100 * time.Millisecond

// worker is a candidate's role, and reports what becomes of the candidate.
type worker struct {
	id        string
	work      string // path of the node to write to; empty for none
	lateWrite bool
	out       *printer
	log       hclog.Logger

	elected chan coord.Zxid // the last term that the observer has heard of
}

// observe prints what the election tells. The events of the role are not among it: a process that was paused must have said that
// its role has stopped before it does anything else, and an observer may be late.
func (w *worker) observe(e ha.Event) {
	if e.Kind == ha.Elected {
		select {
		case <-w.elected: // of an earlier term
		default:
		}
		w.elected <- e.Token // there is room: nobody else sends
	}
	if r, ok := told(e); ok {
		w.out.print(r)
	}
}

// lead is the role.
func (w *worker) lead(ctx context.Context, term *ha.Term) error {
	w.awaitHeard(ctx, term.Token())
	w.out.print(record{
		Time: timestamp{time.Now()}, ID: w.id, Event: ha.RoleStarted, Token: term.Token(), Leader: w.id,
	})
	reason := w.toil(ctx, term)
	w.out.print(record{
		Time: timestamp{time.Now()}, ID: w.id, Event: ha.RoleStopped, Token: term.Token(), Reason: reason.String(),
	})
	if w.lateWrite && w.work != "" {
		w.writeLate(ctx, term)
	}
	// If the role was first to see the end, the election is about to. To return before would be to give up a term that stands.
	<-ctx.Done()
	return nil
}

// awaitHeard returns once what came before the term has been printed, so that lines are in order.
func (w *worker) awaitHeard(ctx context.Context, token coord.Zxid) {
	for {
		select {
		case heard := <-w.elected:
			if heard >= token {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// toil works until the term is over, and returns why it is. After a pause of the process it finds that out before it does anything.
func (w *worker) toil(ctx context.Context, term *ha.Term) ha.Reason {
	ticker := time.NewTicker(workEvery)
	defer ticker.Stop()
	for count := 1; ; count++ {
		if !term.Valid() {
			return endOf(ctx, election.LeaseEnded)
		}
		if w.work != "" {
			switch err := w.write(ctx, term, count); {
			case errors.Is(err, ha.ErrNotMaster):
				return endOf(ctx, election.Deposed)
			case err != nil:
				w.log.Debug("work not done", "error", err) // a connection may come back, or the lease ends
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return endOf(ctx, election.NoReason)
		}
	}
}

// endOf is why a term ended, as the election says; or, where the role was first to see it, as that did. A term's gate closes before
// its context says why: hence the moment's wait, in which nothing is done.
func endOf(ctx context.Context, seen ha.Reason) ha.Reason {
	moment := time.NewTimer(10 * time.Millisecond)
	defer moment.Stop()
	select {
	case <-ctx.Done():
	case <-moment.C:
	}
	var ended *ha.EndedError
	if errors.As(context.Cause(ctx), &ended) {
		return ended.Reason
	}
	return seen
}

// write is one piece of work: it commits only while the term stands.
func (w *worker) write(ctx context.Context, term *ha.Term, count int) error {
	data, err := json.Marshal(piece{ID: w.id, Token: term.Token(), Count: count})
	if err != nil {
		return err
	}
	_, err = term.Multi(ctx, coord.SetOp(w.work, data, coord.AnyVersion))
	if !errors.Is(err, coord.ErrNoNode) || errors.Is(err, ha.ErrNotMaster) {
		return err
	}
	_, err = term.Multi(ctx, coord.CreateOp(w.work, data, coord.Persistent))
	return err
}

// piece is what a master leaves in the work node.
type piece struct {
	ID    string     `json:"id"`
	Token coord.Zxid `json:"token"`
	Count int        `json:"count"`
}

// writeLate does what a master must not: it shows that the service refuses.
func (w *worker) writeLate(ctx context.Context, term *ha.Term) {
	if err := w.write(ctx, term, -1); err != nil {
		w.log.Warn("late write failed", "token", term.Token(), "error", err)
		return
	}
	// Nobody else was master yet: the term ends for its holder a little before it does for the service.
	w.log.Warn("late write taken", "token", term.Token())
}

package explore

import (
	"context"
	"fmt"
	"time"
)

// Result is what a walk has seen.
type Result struct {
	Generated int // states come to, again or for the first time
	Distinct  int
	Depth     int   // so many steps from the start every state was seen, if not further
	Left      int   // states found whose successors have not been looked at
	Bound     Bound // why any are left
	Settled   int   // states in which nothing is left to be done
	Longest   int   // steps that the fair way forward takes at most
	Elapsed   time.Duration
	Parts     int // distinct states of a single node
	Violation *Violation
}

// Bound is what ended a walk before it had seen all.
type Bound string

// The bounds.
const (
	NoBound     Bound = ""
	StatesBound Bound = "states"      // Options.States
	DepthBound  Bound = "depth"       // Options.Depth
	Interrupted Bound = "interrupted" // the context
)

// Complete reports whether every state within the bound was seen.
func (r *Result) Complete() bool { return r.Left == 0 && r.Violation == nil }

// Violation is a promise seen broken, with the shortest way to it.
type Violation struct {
	Promise  string   `json:"promise"`  // which, and how
	Schedule []string `json:"schedule"` // what happened, step by step
}

func (v *Violation) String() string {
	text := v.Promise + "\n"
	for i, line := range v.Schedule {
		text += fmt.Sprintf("%4d  %s\n", i+1, line)
	}
	return text
}

// walk is a breadth-first search.
type walk struct {
	*parts
	seen   *visited
	parent []uint32
	by     []choice // from the parent
	fair   []uint32 // where the fair way forward leads; nowhere if not known
	result Result
	began  time.Time
}

const nowhere = ^uint32(0)

// Walk goes through the world's states, nearest first, until it has seen all or a promise broken, or the context is done.
func Walk(ctx context.Context, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.complete()
	w := &walk{parts: newParts(o), seen: newVisited(), began: time.Now()}
	w.run(ctx)
	w.measure()
	return &w.result, nil
}

func (w *walk) run(ctx context.Context) {
	first := w.firstState()
	w.reach(&first, 0, choice{})
	done, level := 0, 0
	for end := 1; done < end && w.result.Violation == nil; end = len(w.seen.states) {
		if w.options.Depth > 0 && level == w.options.Depth {
			w.result.Bound = DepthBound
			break
		}
		for ; done < end && w.result.Violation == nil && w.goesOn(ctx, done); done++ {
			w.expand(uint32(done))
			w.result.Left = len(w.seen.states) - done - 1
		}
		if w.result.Bound != NoBound {
			break
		}
		level++
		w.result.Depth = level
	}
	w.result.Left = len(w.seen.states) - done
	if w.result.Violation == nil {
		w.checkForward()
	}
}

// goesOn reports whether the next state may be looked at.
func (w *walk) goesOn(ctx context.Context, done int) bool {
	const often = 1 << 12 // states
	switch {
	case len(w.seen.states) >= w.options.States:
		w.result.Bound = StatesBound
	case done%often == 0 && ctx.Err() != nil:
		w.result.Bound = Interrupted
	}
	return w.result.Bound == NoBound
}

// reach notes a state and returns its index.
func (w *walk) reach(s *state, parent uint32, by choice) uint32 {
	w.result.Generated++
	i, isNew := w.seen.add(s)
	if !isNew {
		return i
	}
	w.parent = append(w.parent, parent)
	w.by = append(w.by, by)
	w.fair = append(w.fair, nowhere)
	if bad := w.broken(s); bad != "" && w.result.Violation == nil {
		w.result.Violation = &Violation{Promise: bad, Schedule: w.schedule(i)}
	}
	if w.options.Progress != nil && len(w.seen.states)%(1<<20) == 0 {
		w.measure()
		w.options.Progress(&w.result)
	}
	return i
}

func (w *walk) expand(i uint32) {
	s := w.seen.states[i]
	if w.settled(&s) {
		w.result.Settled++
		w.fair[i] = i
	}
	fair, ok := w.forward(&s)
	w.successors(&s, func(c choice, next *state) {
		to := w.reach(next, i, c)
		if ok && c == fair && w.fair[i] == nowhere {
			w.fair[i] = to
		}
	})
	if w.fair[i] == nowhere && w.result.Violation == nil {
		w.result.Violation = &Violation{Promise: "L3: nothing more can happen, and the right master does not lead", Schedule: w.schedule(i)}
	}
}

func (w *walk) measure() {
	w.result.Distinct = len(w.seen.states)
	w.result.Parts = len(w.nodes) - 1
	w.result.Elapsed = time.Since(w.began)
}

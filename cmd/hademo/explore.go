package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/ha/election"
	"github.com/hamaster/hamaster/simulate/explore"
)

// exploration is the flags of `hademo explore`.
type exploration struct {
	options explore.Options
	policy  string
	kinds   string
	stop    bool
	json    bool
}

func newExplore(s streams) *cobra.Command {
	v := &exploration{}
	cmd := &cobra.Command{
		Use:   "explore",
		Short: "Walk every interleaving of a small world, and hold every state against what is promised",
		Long: `Walk every interleaving of a small world, and hold every state against what docs/correctness.md promises; and from every state
follow the way on which no more faults happen, until the right master leads.

It ends when it has seen every state, or at the first promise that is broken, with the shortest way to it. docs/explorer.md says
which bounds take how long.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context(), s) },
	}
	f := cmd.Flags()
	f.IntVar(&v.options.Nodes, "nodes", 2, fmt.Sprintf("number of candidates, up to %d", explore.MaxNodes))
	f.IntVar(&v.options.Faults, "faults", 1, "at most so many faults")
	f.StringVar(&v.kinds, "kinds", "all", "`list` of the kinds of faults: cut, pause, crash, force, delete, wipe, misname, role-ends, resign, leave, stale; and writes and overtake, which cost nothing")
	f.StringVar(&v.policy, "policy", "oldest", "oldest, newest, name or priority")
	f.BoolVar(&v.options.Twins, "twins", false, "all candidates have the same id")
	f.BoolVar(&v.stop, "stop-on-suspend", false, "a master stops as soon as its connection is lost")
	f.IntVar(&v.options.Depth, "depth", 0, "go no deeper than so many steps; 0 means no bound")
	f.IntVar(&v.options.States, "states", 20_000_000, "stop after so many states, at about 60 bytes each; 0 means as many as can be numbered")
	f.BoolVar(&v.json, "json", false, "print one JSON object")
	return cmd
}

func (v *exploration) run(ctx context.Context, s streams) error {
	var err error
	if v.options.Policy, err = election.PolicyByName(v.policy); err != nil {
		return err
	}
	if v.options.Kinds, err = explore.ParseKinds(v.kinds); err != nil {
		return err
	}
	if v.stop {
		v.options.OnSuspend = election.StopAtOnce
	}
	if !v.json {
		v.options.Progress = func(r *explore.Result) { fmt.Fprintln(s.err, countLine(r)) }
	}
	r, err := explore.Walk(ctx, v.options)
	if err != nil {
		return err
	}
	v.tell(s, r)
	if r.Violation != nil {
		return fmt.Errorf("%w: %s", errBroken, r.Violation.Promise)
	}
	if r.Bound == explore.Interrupted {
		return context.Cause(ctx)
	}
	return nil
}

func countLine(r *explore.Result) string {
	seconds := max(r.Elapsed.Seconds(), 1e-9)
	return fmt.Sprintf("%d states generated, %d distinct, depth %d, %d left in the queue, %v: %.2f million generated and %.2f million distinct a second",
		r.Generated, r.Distinct, r.Depth, r.Left, r.Elapsed.Round(time.Millisecond), float64(r.Generated)/1e6/seconds, float64(r.Distinct)/1e6/seconds)
}

func (v *exploration) tell(s streams, r *explore.Result) {
	if v.json {
		v.encode(s, r)
		return
	}
	fmt.Fprintln(s.out, countLine(r))
	switch {
	case r.Violation != nil:
		fmt.Fprintf(s.out, "\n%v", r.Violation)
	case r.Complete():
		fmt.Fprintf(s.out, "complete: no violation exists within the bound (%d settled states, at most %d steps to one without more faults)\n", r.Settled, r.Longest)
	default:
		fmt.Fprintf(s.out, "not complete (%s): no violation among the states seen, %d were left\n", ended[r.Bound], r.Left)
	}
}

// ended says why a walk has not seen all.
var ended = map[explore.Bound]string{
	explore.StatesBound: "bounded by --states", explore.DepthBound: "bounded by --depth", explore.Interrupted: "interrupted",
}

func (v *exploration) encode(s streams, r *explore.Result) {
	_ = json.NewEncoder(s.out).Encode(struct {
		Generated int                `json:"generated"`
		Distinct  int                `json:"distinct"`
		Depth     int                `json:"depth"`
		Left      int                `json:"left"`
		Bound     explore.Bound      `json:"bound,omitempty"` // what left them
		Settled   int                `json:"settled"`
		Longest   int                `json:"longest_way_to_settled"`
		Seconds   float64            `json:"seconds"`
		Complete  bool               `json:"complete"`
		Violation *explore.Violation `json:"violation,omitempty"`
	}{r.Generated, r.Distinct, r.Depth, r.Left, r.Bound, r.Settled, r.Longest, r.Elapsed.Seconds(), r.Complete(), r.Violation})
}

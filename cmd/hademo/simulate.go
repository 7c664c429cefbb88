package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hamaster/hamaster/simulate"
)

// simulation is the flags of `hademo simulate`.
type simulation struct {
	options simulate.Options
	runs    int
	faults  string
	json    bool
	html    string
	replay  string
	save    string
	shrink  int
	asked   string // the flags that make a run what it is, as they were given, but the seed
}

func newSimulate(s streams) *cobra.Command {
	v := &simulation{}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Run elections in a simulated world of faults, and hold them against what is promised",
		Long: `Run elections in a simulated world of faults, in virtual time, and hold them against what docs/correctness.md promises.

Each run draws a world, and which faults there are, from its seed; the same seed gives the same run. At the first promise that is
broken it stops with a schedule made as small as may be, and what happened.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("seed") && !cmd.Flags().Changed("runs") {
				v.runs = 1
			}
			cmd.Flags().Visit(func(f *pflag.Flag) {
				if slices.Contains(worldFlags, f.Name) {
					v.asked += fmt.Sprintf(" --%s %s", f.Name, f.Value)
				}
			})
			return v.run(cmd.Context(), s)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&v.options.Seed, "seed", 1, "seed of the first run; given alone, of the only one")
	f.IntVar(&v.runs, "runs", 1000, "`number` of runs, with seeds that count up; 0 means until interrupted")
	f.IntVar(&v.options.Nodes, "nodes", 0, "number of candidates; 0 leaves it to chance")
	f.IntVar(&v.options.Servers, "servers", 0, "number of the service's servers; 0 leaves it to chance")
	f.StringVar(&v.options.Policy, "policy", "", "oldest, newest, name or priority; empty leaves it to chance")
	f.DurationVar(&v.options.For, "for", time.Minute, "how long there are faults in each run, in virtual time")
	f.StringVar(&v.faults, "faults", "all", "`list` of the faults that may exist, as in crash,pause or all,-drift; or none")
	f.BoolVar(&v.json, "json", false, "print one JSON object")
	f.StringVar(&v.html, "html", "", "write the run that broke a promise, or else the first, to this `file` as a page")
	f.StringVar(&v.replay, "replay", "", "play the case in this `file` instead")
	f.IntVar(&v.shrink, "shrink", 2000, "how many replays to spend on making a schedule smaller")
	f.StringVar(&v.save, "save", "", "write the case that broke a promise to this `file`, for --replay")
	for _, name := range append([]string{"seed", "runs", "save", "shrink"}, worldFlags...) {
		cmd.MarkFlagsMutuallyExclusive("replay", name) // the case says all that
	}
	return cmd
}

// worldFlags are those that a run depends on beside its seed.
var worldFlags = []string{"nodes", "servers", "policy", "for", "faults"}

var errBroken = errors.New("a promise is broken")

func (v *simulation) run(ctx context.Context, s streams) error {
	faults, err := simulate.ParseFaults(v.faults)
	if err != nil {
		return err
	}
	v.options.Faults, v.options.Quiet = faults, faults == 0
	if err := v.options.Validate(); err != nil {
		return err
	}
	if v.runs < 0 {
		return fmt.Errorf("--runs %d: must not be negative", v.runs)
	}
	if v.shrink < 0 {
		return fmt.Errorf("--shrink %d: must not be negative", v.shrink)
	}
	if v.replay != "" {
		return v.play(s)
	}
	t := &tally{streams: s, quiet: v.json, since: time.Now()}
	first := v.options.Seed
	for i := 0; (v.runs == 0 || i < v.runs) && ctx.Err() == nil; i++ {
		v.options.Seed = first + uint64(i)
		r := simulate.Run(v.options)
		t.add(&r)
		if r.Violation != nil {
			r = simulate.Shrink(r, v.shrink)
			return v.broken(s, t, &r)
		}
	}
	if err := v.tell(s, t, nil); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if v.html == "" {
		return nil
	}
	v.options.Seed = first
	r := simulate.Record(v.options)
	return v.page(s, &r)
}

// broken tells of a promise that a run broke.
func (v *simulation) broken(s streams, t *tally, r *simulate.Result) error {
	if err := v.tell(s, t, r); err != nil {
		return err
	}
	if v.save != "" {
		if err := os.WriteFile(v.save, []byte(r.Case().String()), 0o644); err != nil {
			return err
		}
	}
	if err := v.page(s, r); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s, with seed %d", errBroken, r.Violation.Invariant, r.Options.Seed)
}

// play plays a kept case.
func (v *simulation) play(s streams) error {
	text, err := os.ReadFile(v.replay)
	if err != nil {
		return err
	}
	c, err := simulate.ParseCase(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", v.replay, err)
	}
	t := &tally{streams: s, quiet: true, since: time.Now()}
	r := simulate.Replay(c.Options, c.Schedule)
	t.add(&r)
	if r.Violation != nil {
		return v.broken(s, t, &r)
	}
	if err := v.tell(s, t, nil); err != nil {
		return err
	}
	return v.page(s, &r)
}

// tell prints what was done, and the promise that was broken, if any.
func (v *simulation) tell(s streams, t *tally, r *simulate.Result) error {
	switch {
	case v.json:
		return t.encode(r)
	case r == nil:
		fmt.Fprintf(s.out, "%sno promise is broken: %s\n", &t.seen, t)
	case v.replay != "":
		fmt.Fprintf(s.out, "%s", r.Report())
	default:
		fmt.Fprintf(s.out, "seed %d: %s\nafter %s; the whole run, before its schedule was made smaller:\n    hademo simulate --seed %d%s\n",
			r.Options.Seed, r.Report(), t, r.Options.Seed, v.asked)
	}
	return nil
}

// page writes the picture of a run, if one is wanted.
func (v *simulation) page(s streams, r *simulate.Result) error {
	if v.html == "" {
		return nil
	}
	f, err := os.Create(v.html)
	if err != nil {
		return err
	}
	if err := errors.Join(r.WriteHTML(f), f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "seed %d is drawn in %s\n", r.Options.Seed, v.html)
	return nil
}

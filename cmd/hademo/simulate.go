package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

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
	shrink  int
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
	f.BoolVar(&v.json, "json", false, "print JSON objects, one a line")
	f.StringVar(&v.html, "html", "", "write the run that broke a promise, or else the first, to this `file` as a page")
	f.StringVar(&v.replay, "replay", "", "play the case in this `file` instead")
	f.IntVar(&v.shrink, "shrink", 2000, "how many replays to spend on making a schedule smaller")
	return cmd
}

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
		return fmt.Errorf("%d runs cannot be made", v.runs)
	}
	if v.replay != "" {
		return v.play(s)
	}
	p := &progress{streams: s, json: v.json, since: time.Now()}
	first := v.options.Seed
	for i := 0; (v.runs == 0 || i < v.runs) && ctx.Err() == nil; i++ {
		v.options.Seed = first + uint64(i)
		r := simulate.Run(v.options)
		p.add(&r)
		if r.Violation != nil {
			p.show()
			r = simulate.Shrink(r, v.shrink)
			return v.tell(s, &r)
		}
	}
	p.show()
	if v.html == "" {
		return nil
	}
	v.options.Seed = first
	r := simulate.Record(v.options)
	return v.page(&r)
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
	r := simulate.Replay(c.Options, c.Schedule)
	if r.Violation != nil {
		return v.tell(s, &r)
	}
	fmt.Fprintf(s.out, "%v of virtual time, %d events, no promise is broken\n", r.Elapsed, r.Events)
	return v.page(&r)
}

// tell prints a violation.
func (v *simulation) tell(s streams, r *simulate.Result) error {
	if v.json {
		_ = json.NewEncoder(s.out).Encode(struct {
			Invariant simulate.Invariant `json:"invariant"`
			Seed      uint64             `json:"seed"`
			Detail    string             `json:"detail"`
			Case      string             `json:"case"`
			Timeline  string             `json:"timeline"`
		}{r.Violation.Invariant, r.Options.Seed, r.Violation.Detail, r.Case().String(), r.History.String()})
	} else {
		fmt.Fprintf(s.out, "\nseed %d: %s", r.Options.Seed, r.Report())
	}
	if err := v.page(r); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s, with seed %d", errBroken, r.Violation.Invariant, r.Options.Seed)
}

// page writes the picture of a run, if one is wanted.
func (v *simulation) page(r *simulate.Result) error {
	if v.html == "" {
		return nil
	}
	f, err := os.Create(v.html)
	if err != nil {
		return err
	}
	return errors.Join(r.WriteHTML(f), f.Close())
}

// progress adds up what was done, and shows it now and then.
type progress struct {
	streams
	json    bool
	since   time.Time
	shown   time.Time
	runs    int
	events  int
	elapsed time.Duration
	terms   int
	seen    simulate.Seen
}

func (p *progress) add(r *simulate.Result) {
	p.runs++
	p.events += r.Events
	p.elapsed += r.Elapsed
	p.terms += r.Terms
	p.seen.Add(&r.Seen)
	if !p.json && time.Since(p.shown) > time.Second {
		p.shown = time.Now()
		fmt.Fprintln(p.err, p.line())
	}
}

func (p *progress) line() string {
	took := time.Since(p.since)
	return fmt.Sprintf("%d runs, %d terms, %.1f million events (%.1f million a second), %.1f hours of virtual time",
		p.runs, p.terms, float64(p.events)/1e6, float64(p.events)/1e6/took.Seconds(), p.elapsed.Hours())
}

func (p *progress) show() {
	if !p.json {
		fmt.Fprintf(p.out, "%s\n%s", p.line(), p.seen.String())
		return
	}
	_ = json.NewEncoder(p.out).Encode(struct {
		Runs    int            `json:"runs"`
		Events  int            `json:"events"`
		Terms   int            `json:"terms"`
		Hours   float64        `json:"virtual_hours"`
		Seconds float64        `json:"seconds"`
		Seen    map[string]int `json:"seen"`
	}{p.runs, p.events, p.terms, p.elapsed.Hours(), time.Since(p.since).Seconds(), p.seen.Map()})
}

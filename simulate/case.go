package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Case is a run that is worth keeping: under these options, with these choices.
type Case struct {
	Options  Options
	Schedule Schedule
}

// Case returns what is needed to play r again.
func (r *Result) Case() Case { return Case{r.Options, r.Schedule} }

// String is a case as it is kept in a file: a line with the options, then the schedule.
func (c Case) String() string {
	o := c.Options
	faults := AllFaults
	if o.Faults != 0 {
		faults = o.Faults
	}
	if o.Quiet {
		faults = 0
	}
	return fmt.Sprintf("run seed=%d nodes=%d servers=%d policy=%s for=%v faults=%v\n%v", o.Seed, o.Nodes, o.Servers, o.Policy, c.Options.faultTime(), faults, c.Schedule)
}

func (o *Options) faultTime() time.Duration {
	if o.For == 0 {
		return time.Minute
	}
	return o.For
}

func (r *Result) faultTime() time.Duration { return r.Options.faultTime() }

// ParseCase reads what String writes, with comments after #. An error matches ErrSchedule.
func ParseCase(text string) (Case, error) {
	var c Case
	var rest []string
	found := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if found || len(fields) == 0 || fields[0] != "run" {
			rest = append(rest, line)
			continue
		}
		found = true
		for _, field := range fields[1:] {
			if err := c.Options.set(field); err != nil {
				return Case{}, fmt.Errorf("%w: %q: %v", ErrSchedule, field, err)
			}
		}
	}
	if !found {
		return Case{}, fmt.Errorf("%w: no line that begins with \"run\"", ErrSchedule)
	}
	if err := c.Options.Validate(); err != nil {
		return Case{}, fmt.Errorf("%w: %v", ErrSchedule, err)
	}
	var err error
	c.Schedule, err = ParseSchedule(strings.Join(rest, ""))
	return c, err
}

func (o *Options) set(field string) (err error) {
	name, value, _ := strings.Cut(field, "=")
	switch name {
	case "seed":
		o.Seed, err = strconv.ParseUint(value, 10, 64)
	case "nodes":
		o.Nodes, err = strconv.Atoi(value)
	case "servers":
		o.Servers, err = strconv.Atoi(value)
	case "policy":
		o.Policy = value
	case "for":
		o.For, err = time.ParseDuration(value)
	case "faults":
		o.Faults, err = ParseFaults(value)
		o.Quiet = o.Faults == 0
	default:
		err = fmt.Errorf("unknown option")
	}
	return err
}

// timelineLines is how much of what happened a report shows: the end of it.
const timelineLines = 60

// Report is a violation for people: what was broken, how to see it again, and what happened. It is empty if there is none.
func (r *Result) Report() string {
	if r.Violation == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n\nto see it again:\n    hademo simulate --replay FILE\nwith this in FILE:\n\n%v", r.Violation, r.Case())
	if r.History != nil {
		fmt.Fprintf(&b, "\nwhat happened (the last %d of %d lines):\n\n%s", min(timelineLines, len(r.History.Lines)), len(r.History.Lines), r.History.tail(timelineLines))
	}
	return b.String()
}

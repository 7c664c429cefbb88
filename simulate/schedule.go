package simulate

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Schedule is all that was chosen in a run, other than 0.
type Schedule []Choice

// Choice is one choice: the one of that number, from 0, for this reason was this.
type Choice struct {
	Why   Reason
	At    uint32
	Value uint32
}

// ErrSchedule: the text is no schedule.
var ErrSchedule = errors.New("no schedule")

// String is a schedule as it is kept: a line for each reason, with pairs of number and value, "which 3=7 19=1".
func (s Schedule) String() string {
	var b strings.Builder
	last := Reason(Reasons)
	for _, c := range s.sorted() {
		if c.Why != last {
			if last != Reasons {
				b.WriteByte('\n')
			}
			b.WriteString(c.Why.String())
			last = c.Why
		}
		fmt.Fprintf(&b, " %d=%d", c.At, c.Value)
	}
	if len(s) > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// ParseSchedule reads what String writes. Empty lines, and lines that begin with #, are left out. An error matches ErrSchedule.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		why := slices.Index(reasonNames[:], fields[0])
		if why < 0 {
			return nil, fmt.Errorf("%w: unknown reason %q", ErrSchedule, fields[0])
		}
		for _, field := range fields[1:] {
			at, value, err := parsePair(field)
			if err != nil {
				return nil, fmt.Errorf("%w: %q: %v", ErrSchedule, field, err)
			}
			s = append(s, Choice{Reason(why), at, value})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSchedule, err)
	}
	return s, nil
}

func parsePair(field string) (at, value uint32, err error) {
	left, right, _ := strings.Cut(field, "=")
	a, err := strconv.ParseUint(left, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	v, err := strconv.ParseUint(right, 10, 31)
	return uint32(a), uint32(v), err
}

func (s Schedule) sorted() Schedule {
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b Choice) int { return cmp.Or(cmp.Compare(a.Why, b.Why), cmp.Compare(a.At, b.At)) })
	return s
}

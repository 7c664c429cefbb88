package faithful

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// answer is everything that one step made known, as it is the same on every service: zxids are counted from one that all have, sessions
// are named by their clients, and paths are those of the step.
type answer struct {
	Error   string // operation, path and class
	Path    string
	Data    string
	Names   []string
	Stat    *stat
	Results []result
	Armed   bool
	Session string   // its timeout, or its state after the step
	Events  []string // of the client's watches, when the step was over
	Others  []string // of the other clients' watches, when each had made one more call
}

// stat is a coord.Stat without the times, which are each service's own.
type stat struct {
	Czxid, Mzxid, Pzxid          int64
	Version, Cversion, Aversion  int32
	Owner                        string
	DataLength, NumberOfChildren int32
}

type result struct {
	Path string
	Stat *stat
}

// classes are what an error can match.
var classes = []error{
	coord.ErrNoNode, coord.ErrNodeExists, coord.ErrNotEmpty, coord.ErrBadVersion, coord.ErrNoChildrenForEphemerals, coord.ErrNoAuth,
	coord.ErrInvalidACL, coord.ErrSessionExpired, coord.ErrClosed, coord.ErrConnectionLoss, coord.ErrInvalid, context.Canceled,
	context.DeadlineExceeded,
}

// String is the answer on one line, without what is empty.
func (a answer) String() string {
	var parts []string
	say := func(what, format string, args ...any) { parts = append(parts, what+fmt.Sprintf(format, args...)) }
	if a.Error != "" {
		say("error ", "%s", a.Error)
	}
	if a.Path != "" {
		say("path ", "%q", a.Path)
	}
	if a.Data != "" {
		say("data ", "%s", a.Data)
	}
	if a.Names != nil {
		say("names ", "%q", a.Names)
	}
	if a.Stat != nil {
		say("", "%+v", *a.Stat)
	}
	for i, r := range a.Results {
		say(fmt.Sprintf("[%d] ", i), "%s", r)
	}
	if a.Armed {
		say("", "armed")
	}
	if len(a.Events) > 0 {
		say("events ", "%s", strings.Join(a.Events, ", "))
	}
	if len(a.Others) > 0 {
		say("others' events ", "%s", strings.Join(a.Others, ", "))
	}
	return strings.Join(append(parts, a.Session), "; ")
}

func (r result) String() string {
	if r.Stat != nil {
		return fmt.Sprintf("%s %+v", r.Path, *r.Stat)
	}
	return r.Path
}

// errorIn describes an error of the contract. Anything that is not one differs from everything.
func (p *place) errorIn(err error) string {
	if err == nil {
		return ""
	}
	var e *coord.Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("%s says what is no *coord.Error: %v", p.leg.name, err)
	}
	return (&coord.Error{Op: e.Op, Path: p.outside(e.Path), Index: e.Index, Err: p.class(err)}).Error()
}

// class is all that an error matches.
func (p *place) class(err error) error {
	if err == nil {
		return nil
	}
	matched := slices.DeleteFunc(slices.Clone(classes), func(class error) bool { return !errors.Is(err, class) })
	if len(matched) == 0 {
		return fmt.Errorf("%s says what is of no class: %w", p.leg.name, err)
	}
	return errors.Join(matched...)
}

func (p *place) stat(s coord.Stat) *stat {
	owner := ""
	if s.EphemeralOwner != 0 {
		owner = p.owners[s.EphemeralOwner]
		if owner == "" {
			owner = fmt.Sprintf("%s's stranger %v", p.leg.name, s.EphemeralOwner)
		}
	}
	since := func(z coord.Zxid) int64 { return int64(z - p.base) }
	return &stat{
		since(s.Czxid), since(s.Mzxid), since(s.Pzxid), s.Version, s.Cversion, s.Aversion, owner, s.DataLength, s.NumChildren,
	}
}

// dataIn tells nil, which ZooKeeper keeps as such, from empty.
func dataIn(b []byte) string {
	switch {
	case b == nil:
		return "nil"
	case len(b) > 40:
		return fmt.Sprintf("%d bytes", len(b))
	}
	return fmt.Sprintf("%q", b)
}

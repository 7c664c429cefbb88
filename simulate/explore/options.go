package explore

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/ha/election"
)

// Kind is a kind of fault; kinds add up.
type Kind uint16

// The kinds of faults. Each fault costs one of [Options.Faults]; Writes and Overtake cost nothing.
const (
	Cut      Kind = 1 << iota // the connection is lost, with any part of what was on its way
	Pause                     // a process is so slow that its lease ends, or its session expires, over a connection that stands
	Crash                     // a process dies and is started anew; its session lives on until it expires
	Force                     // the service ends a session though it lives
	Delete                    // an administrator deletes a candidate node
	Wipe                      // an administrator deletes the election path
	Misname                   // a hand writes into the register that somebody leads who did not claim
	RoleEnds                  // a role comes back by itself
	Resign                    // a master is asked to step down
	Leave                     // a candidate leaves, and comes again
	Stale                     // a server falls behind, for as long as it likes; one at a time
	Writes                    // no fault: roles send fenced transactions
	Overtake                  // no fault: answers and watch events of different calls may reach the Machine out of order

	AllKinds = Overtake<<1 - 1
)

var kindNames = [...]string{"cut", "pause", "crash", "force", "delete", "wipe", "misname", "role-ends", "resign", "leave", "stale", "writes", "overtake"}

// ParseKinds reads a list of kinds separated by commas; "all" is all of them.
func ParseKinds(list string) (Kind, error) {
	var kinds Kind
next:
	for name := range strings.SplitSeq(list, ",") {
		if name == "all" {
			kinds |= AllKinds
			continue
		}
		for i, known := range kindNames {
			if name == known {
				kinds |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("no kind of fault %q: choose from all,%s", name, strings.Join(kindNames[:], ","))
	}
	return kinds, nil
}

// MaxNodes bounds the number of candidates.
const MaxNodes = 3

// Options says which world to walk. Nodes must be set; the rest may be zero.
type Options struct {
	Nodes  int             // candidates, 1 to MaxNodes
	Faults int             // at most so many, 0 to 9
	Kinds  Kind            // which; zero means all
	Policy election.Policy // of all candidates; zero is oldest first. A weighted one gives each candidate another weight
	Twins  bool            // all candidates have the same id
	// OnSuspend is the candidates' choice.
	OnSuspend election.OnSuspend
	States    int // stop after so many distinct states; 0 means 2^30
	Depth     int // go no deeper than so many steps; 0 means no bound
	// Progress, if set, is called now and then.
	Progress func(*Result)
}

const mostStates = 1 << 30

// Validate reports everything that is wrong.
func (o *Options) Validate() error {
	var errs []error
	if o.Nodes < 1 || o.Nodes > MaxNodes {
		errs = append(errs, fmt.Errorf("%d nodes: from 1 to %d", o.Nodes, MaxNodes))
	}
	if o.Faults < 0 || o.Faults > 9 {
		errs = append(errs, fmt.Errorf("%d faults: from 0 to 9", o.Faults))
	}
	if o.Twins && (o.Kinds == 0 || o.Kinds&Wipe != 0) && o.Faults > 1 {
		errs = append(errs, errors.New("twins and wipe with more than one fault: leave wipe out of the kinds, or allow one fault; names start over after it, and whose a claim is cannot be told"))
	}
	if o.States < 0 || o.States > mostStates {
		errs = append(errs, fmt.Errorf("%d states: from 0 to %d", o.States, mostStates))
	}
	if o.Depth < 0 {
		errs = append(errs, fmt.Errorf("a depth of %d", o.Depth))
	}
	return errors.Join(errs...)
}

func (o *Options) complete() {
	if o.Kinds == 0 {
		o.Kinds = AllKinds
	}
	if o.States == 0 {
		o.States = mostStates
	}
}

// config is the candidate number i's: ids, unless all have the same, and weights grow with it.
func (o *Options) config(i int) *election.Config {
	cfg := &election.Config{Path: path, ID: string(rune('a' + i)), Policy: o.Policy, OnSuspend: o.OnSuspend,
		Grace: duration(grace), WaitMin: duration(half), WaitMax: duration(half)}
	if o.Twins {
		cfg.ID = "a"
	}
	if o.Policy.Weighted {
		cfg.Weight = int32(i)
	}
	return cfg
}

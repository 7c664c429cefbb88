package simulate

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/ha/election"
)

// Mark is something that runs should come across: promises that are never put to the test mean little.
type Mark uint8

// The marks there are.
const (
	FenceRefused         Mark = iota // two believed, the store refused the older
	TransactionRefused               // two believed, the service refused the older
	ExpiredWhileLeading              // a session ended under a role, of a process that stood still or by force
	ExpiredWhileStopping             // or while the role was stopping
	CameBack                         // a master's connection came back in time
	Nudged                           // a master gave its connection up over an unanswered renewal
	Overran                          // a role was reported for taking too long
	LeaderChanged                    // the service changed its own leader
	ServedStale                      // a server cut off from the leader answered a read
	Outlasted                        // a master kept its term over a cut
	Misnamed                         // a candidate gave up a term that it had never claimed
	Woken                            // standbys were counted that woke when a master was gone
	OutsideLease                     // a lease was wrong, in a world that breaks its assumptions
	Marks                = iota
)

var markTexts = [Marks]string{
	"two believed, the store refused the older", "two believed, the service refused the older",
	"session ended under a role", "session ended while a role was stopping", "a master's connection came back in time",
	"a connection given up over an unanswered renewal", "a role reported for taking too long",
	"the service changed its leader", "a server that was cut off answered a read",
	"a master kept its term over a cut", "a candidate gave up a term that it had never claimed", "who was woken when a master was gone was counted",
	"a lease was wrong, where its assumptions do not hold",
}

func (m Mark) String() string { return markTexts[m] }

// Seen counts what runs came across.
type Seen struct {
	Marks   [Marks]int
	Reasons [election.LeaseTooShort + 1]int // why terms ended
}

// Add adds what another run came across.
func (s *Seen) Add(o *Seen) {
	for i, n := range o.Marks {
		s.Marks[i] += n
	}
	for i, n := range o.Reasons {
		s.Reasons[i] += n
	}
}

// String lists what was seen and what was not, a line each.
func (s *Seen) String() string {
	var b strings.Builder
	for i, n := range s.Marks {
		fmt.Fprintf(&b, "%9d  %s\n", n, Mark(i))
	}
	for i, n := range s.Reasons {
		if r := election.Reason(i); r != election.NoReason {
			fmt.Fprintf(&b, "%9d  term ended: %s\n", n, r)
		}
	}
	return b.String()
}

func (w *World) mark(m Mark) { w.seen.Marks[m]++ }

// Map is the same by name.
func (s *Seen) Map() map[string]int {
	m := map[string]int{}
	for i, n := range s.Marks {
		m[Mark(i).String()] = n
	}
	for i, n := range s.Reasons {
		if r := election.Reason(i); r != election.NoReason {
			m["term ended: "+r.String()] = n
		}
	}
	return m
}

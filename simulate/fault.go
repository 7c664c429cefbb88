package simulate

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// Fault is a set of kinds of faults.
type Fault uint32

// The kinds there are.
const (
	CutUp       Fault = 1 << iota // what a node sends does not arrive
	CutDown                       // what is sent to a node does not arrive
	Cut                           // both
	Reset                         // a connection breaks; what was under way got through, or did not
	Slow                          // a node's link is slow
	Lag                           // a server is behind the others
	ServerCrash                   // a server is down for a while; if it leads, the service has none for a while
	Isolate                       // a server is cut off from the others, but not from clients
	Expire                        // an administrator ends a session
	DeleteNode                    // an administrator deletes a candidate node
	DeletePath                    // an administrator deletes the election path and all under it
	Misname                       // a hand writes into the register that somebody leads who did not claim
	Crash                         // a process dies, and is started again
	Pause                         // a process stands still, at any step
	Late                          // a process gets to its messages late, and not in their order
	Drift                         // clocks differ in rate, within the bound
	WallJump                      // the service's wall clock is set
	SlowStop                      // roles take up to their grace to stop
	RoleEnds                      // roles return by themselves
	Resign                        // a master is asked to step down
	Leave                         // a candidate leaves, and comes again
	Herd                          // all leave or join at once
	LatePing                      // the leader's pings of its followers come late, as far as the lease allows for
	Uneven                        // servers grant different timeouts
	Stall                         // a server's link to the leader rests longer than the lease allows for, and then goes on
	everyFault  = 1<<iota - 1
)

// Beyond are the kinds that break an assumption of the lease. With them the fencing token alone protects, and what rests on the
// lease is not judged.
const Beyond = Uneven | Stall

// AllFaults is every kind that the promises are made for.
const AllFaults = everyFault &^ Beyond

var faultNames = [...]string{"cut-up", "cut-down", "cut", "reset", "slow", "lag", "server-crash", "isolate", "expire",
	"delete-node", "delete-path", "misname", "crash", "pause", "late", "drift", "wall-jump", "slow-stop", "role-ends", "resign", "leave",
	"herd", "late-ping", "uneven", "stall"}

// ErrFault: no kind of fault has that name.
var ErrFault = errors.New("no such fault")

// String lists the kinds by name, separated by commas.
func (f Fault) String() string {
	switch f {
	case 0:
		return "none"
	case AllFaults:
		return "all"
	}
	var names []string
	for left := f & everyFault; left != 0; left &= left - 1 {
		names = append(names, faultNames[bits.TrailingZeros32(uint32(left))])
	}
	return strings.Join(names, ",")
}

// ParseFaults reads what String writes: names separated by commas, "all" or "none". A name with a minus in front is taken out
// again, as in "all,-pause". An error matches ErrFault and lists the names.
func ParseFaults(list string) (Fault, error) {
	var set Fault
next:
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		plain := strings.TrimPrefix(name, "-")
		var f Fault
		switch plain {
		case "none", "":
			continue next
		case "all":
			f = AllFaults
		default:
			for i, known := range faultNames {
				if plain == known {
					f = 1 << i
				}
			}
		}
		if f == 0 {
			return 0, fmt.Errorf("%w: %q: the faults are %s", ErrFault, plain, strings.Join(faultNames[:], ", "))
		}
		if plain != name {
			set &^= f
		} else {
			set |= f
		}
	}
	return set, nil
}

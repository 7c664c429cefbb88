package explore

import "github.com/hamaster/hamaster/ha/election"

// action is one thing that may happen next to a node, or to the service.
type action uint8

const (
	take          action = iota // the process takes in the next of its stream
	overtake                    // or the one behind it: answers and watch events of different calls reach the Machine by different ways
	timer                       // a deadline of the Machine has come
	roleReturn                  // the role that was told to stop has returned
	reattach                    // the session has a connection again, or hears that it is over
	clock                       // a unit of time passes for the process
	write                       // the role sends a fenced transaction
	roleEnd                     // the role comes back by itself
	resign                      // the master is asked to step down
	leave                       // the candidate is asked to leave
	cut                         // the connection is lost; the lost calls are heard of first
	cutStateFirst               // likewise; the loss of the connection is heard of first
	localActions
)

const (
	// What takes the service as well.
	serve      action = localActions + iota // the service carries out the next request
	straggle                                // and one of an earlier connection
	open                                    // and opens the session
	restart                                 // the process is done; another starts in its place
	expire                                  // the service ends the session, which may be over
	force                                   // the service ends the session, though it lives
	crash                                   // the process dies; another starts in its place
	deleteNode                              // an administrator deletes the candidate node
	misname                                 // a hand writes into the register that it leads
	lag                                     // its server falls behind: until it catches up, reads and watch events are of now
	// What is the service's alone: node is a ghost's number, where it counts.
	ghostServe
	ghostExpire
	wipe
	catchUp
)

var actionNames = [...]string{
	take: "takes in", overtake: "takes in, ahead of its turn,", timer: "wakes by its timer", roleReturn: "its role has stopped", reattach: "has a connection again",
	clock: "a unit of time passes", write: "its role sends a fenced transaction", roleEnd: "its role ends by itself",
	resign: "is asked to resign", leave: "is asked to leave", cut: "loses its connection",
	cutStateFirst: "loses its connection, and hears of that first", serve: "is served", straggle: "a late request takes effect",
	open: "opens a session", restart: "starts anew", expire: "its session expires", force: "its session is ended by force",
	crash: "crashes and starts anew", deleteNode: "an administrator deletes its node",
	ghostServe: "a late request of a dead process takes effect", ghostExpire: "the session of a dead process expires",
	misname: "is said to lead, by a hand that writes the register", wipe: "an administrator deletes the path", lag: "its server falls behind", catchUp: "the server that fell behind catches up",
}

func (a action) String() string { return actionNames[a] }

// choice is an action and whom it is about.
type choice struct {
	action action
	node   uint8
}

// option is an action that is possible, and how many faults it costs.
type option struct {
	action action
	cost   uint8
}

// options lists what may happen to a node, whatever the others do.
func (n *node) options(kinds Kind) []option {
	var list []option
	can := func(ok bool, a action, cost uint8) {
		if ok {
			list = append(list, option{a, cost})
		}
	}
	alive := n.session != 0 && !n.dead && n.link != linkOver
	status := n.m.Status()
	can(len(n.stream) > 0, take, 0)
	can(kinds&Overtake != 0 && n.mayOvertake(), overtake, 0)
	can(n.link == linkUp && len(n.requests) > 0, serve, 0)
	can(alive && len(n.limbo) > 0, straggle, 0)
	can(n.timerDue(), timer, 0)
	can(n.role == roleStopping, roleReturn, 0)
	can(n.link == linkDown, reattach, 0)
	can(n.opening, open, 0)
	can(n.done, restart, 0)
	if n.clockEndsLease() {
		can(kinds&Pause != 0, clock, 1)
	} else {
		can(!n.done, clock, 0)
	}
	can(kinds&Writes != 0 && n.role == roleOn && !n.fencing(), write, 0)
	can(kinds&RoleEnds != 0 && n.role == roleOn, roleEnd, 1)
	can(kinds&Resign != 0 && n.role == roleOn, resign, 1)
	can(kinds&Leave != 0 && !n.done && !n.leaving, leave, 1)
	can(kinds&Cut != 0 && n.link == linkUp, cut, 1)
	can(kinds&Cut != 0 && n.link == linkUp && len(n.stream)+len(n.requests) > 0, cutStateFirst, 1)
	if surely := n.surely(); alive {
		free := n.link == linkDown || n.stalled
		can(!surely && free, expire, 0)
		can(!surely && !free && kinds&Pause != 0, expire, 1)
		can(surely && kinds&Force != 0, force, 1)
	}
	can(kinds&Stale != 0 && n.link == linkUp, lag, 1)
	can(kinds&Crash != 0 && !n.done, crash, 1)
	can(kinds&Delete != 0 && status.Node != "", deleteNode, 1)
	can(kinds&Misname != 0 && status.Node != "", misname, 1)
	return list
}

// mayOvertake: neither of the first two is about the connection, and the second is not a watch event of the call that the first
// answers.
func (n *node) mayOvertake() bool {
	if len(n.stream) < 2 {
		return false
	}
	first, second := &n.stream[0].event, &n.stream[1].event
	return ofCall(first) && ofCall(second) && first.Call != second.Call
}

func ofCall(ev *election.Event) bool {
	return ev.Kind == election.Reply || ev.Kind == election.WatchFired
}

// fencing: a transaction of the role is on its way; one at a time is enough.
func (n *node) fencing() bool {
	for i := range n.requests {
		if n.requests[i].token != 0 {
			return true
		}
	}
	for i := range n.limbo {
		if n.limbo[i].token != 0 {
			return true
		}
	}
	return n.link != linkUp
}

package election

// State is where a candidate stands, in the words of its observers.
type State uint8

const (
	Offline     State = iota // no session
	Registering              // no candidate node yet
	Standby                  // a candidate, not master
	Master                   // in a term; see Status.Role
	Waiting                  // gave up a term by itself, and lets others go first
	Gone                     // finished
)

var stateNames = [...]string{"offline", "registering", "standby", "master", "waiting", "gone"}

func (s State) String() string { return stateNames[s] }

// Status is what can be said of a Machine at a glance.
type Status struct {
	State     State
	Suspended bool   // the session has no connection
	Node      string // the candidate node's name; empty if there is none
	Leader    string // the master's id, as of the last look; empty if not known
	Term      Term   // of a master
	RoleOn    bool   // the role was started and not told to stop
	Stopping  Reason // why the term is ending; NoReason while it is not
}

// Status returns the present one.
func (m *Machine) Status() Status {
	s := Status{Suspended: m.session != 0 && !m.connected, Node: m.node, Term: m.term, RoleOn: m.role == roleOn, Stopping: m.reason}
	if m.node != "" || m.term.Token != 0 {
		s.Leader = m.leader // as of a session that is over it would say little
	}
	switch {
	case m.finished:
		s.State = Gone
	case m.term.Token != 0:
		s.State = Master
	case m.session == 0:
		s.State = Offline
	case m.node != "":
		s.State = Standby
	case m.waiting():
		s.State = Waiting
	default:
		s.State = Registering
	}
	if m.term.Token == 0 {
		s.Stopping = NoReason
	}
	return s
}

// Watching reports whether the Machine still wants to hear of the watch that the call of that number armed.
func (m *Machine) Watching(call CallID) bool {
	if call == m.call {
		return true
	}
	for _, armed := range m.watches {
		if armed == call {
			return true
		}
	}
	return false
}

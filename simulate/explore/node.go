package explore

import (
	"encoding/binary"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// The lease in units of the abstract clock counts from the unit in which a successful write was sent. In the next it can be renewed;
// then it is over, by less than a unit before the session may be.
const (
	unit    = coord.Instant(1e9)
	timeout = 2 * unit
	grace   = half
	half    = unit / 2
)

// node is a process with its Machine, its session's connection, and all that is on its way in either direction. It is a value apart
// from its slices, which are replaced and never changed in place.
type node struct {
	index    uint8
	m        election.Machine
	now      coord.Instant // by its own clock
	session  coord.SessionID
	sessions uint8 // opened in this place so far, also by processes before this one
	link     link
	dead     bool // the service has ended the session
	stalled  bool // the process has been slow, at a fault's price, and has not proved its life since
	fresh    bool // its last step made it a candidate
	opening  bool
	leaving  bool // it was asked to leave
	done     bool // the Machine has finished

	role     roleState
	term     election.Term // of the role
	alive    coord.Instant // until when the process holds that its session surely lives
	proved   coord.Instant // and until when it does
	excused  coord.Zxid    // somebody took by force what the claims up to this one rest on
	claims   []coord.Zxid  // that took effect for this session, and that the Machine has not heard of
	requests []request     // on their way to the service
	limbo    []request     // of an earlier connection: they may take effect until the session's next write does
	stream   []item        // on its way to the process
	held     []item        // watch events that wait for a connection
	armed    []watch

	bad string // what was broken by its last step
}

type link uint8

const (
	linkNone link = iota // no session
	linkUp
	linkDown
	linkOver // the session is over, and the news of it in the stream
)

type roleState uint8

const (
	roleOff roleState = iota
	roleOn
	roleStopping
)

type request struct {
	call  election.Call
	sent  coord.Instant
	token coord.Zxid // of a role's fenced transaction; 0 for the Machine's calls
	late  bool       // it was sent before its process could know that the path was deleted: S5 excepts it
}

// item is an event on its way to the Machine.
type item struct {
	event election.Event
	local bool          // the client made it up itself: it is not lost with the connection
	proof bool          // it is the answer to a transaction that succeeded
	sent  coord.Instant // of the request that it answers
}

type watch struct {
	call  election.CallID
	path  string
	child bool
}

// nextSession is an id that does not depend on what others do, so that it does not set worlds apart.
func (n *node) nextSession() coord.SessionID {
	return coord.SessionID(n.index+1)<<8 | coord.SessionID(n.sessions)
}

// acts reports whether the process acts as master as S1 counts it: its role runs, its lease is not over, and nobody took its place
// by force.
func (n *node) acts() bool { return n.role != roleOff && n.now < n.alive && n.term.Token > n.excused }

// surely reports whether the session cannot be over yet: an answer that says so has arrived or is arriving.
func (n *node) surely() bool {
	if n.now < n.proved {
		return true
	}
	for i := range n.stream {
		if it := &n.stream[i]; it.proof && n.now < it.sent+timeout {
			return true
		}
	}
	return false
}

// clockEndsLease: with the next unit of time the term would lose its lease while the role runs, or an answer would come too late to
// prove enough, though the connection stands: that takes a pause.
func (n *node) clockEndsLease() bool {
	if n.m.Status().Term.Token == 0 || n.stalled || n.link != linkUp || n.now+unit < n.alive-grace {
		return false
	}
	return n.role == roleOn || len(n.requests)+len(n.stream) > 0
}

func (n *node) timerDue() bool {
	at, ok := n.m.Deadline()
	return ok && at <= n.now
}

// appendTo is the canonical encoding: equal for nodes that behave alike.
func (n *node) appendTo(b []byte, e *election.Encoding) []byte {
	e.Reset(n.now)
	b = append(b, n.index, n.sessions, byte(n.link), byte(n.role))
	b = appendFlags(b, n.dead, n.stalled, n.fresh, n.opening, n.leaving, n.done)
	b = n.m.AppendTo(b, e)
	b = binary.AppendUvarint(b, uint64(n.session))
	b = binary.AppendUvarint(b, uint64(n.term.Token))
	b = e.AppendDue(b, max(n.alive, 1))
	b = e.AppendDue(b, max(n.proved, 1))
	b = binary.AppendUvarint(b, uint64(n.excused))
	b = binary.AppendUvarint(b, uint64(len(n.claims)))
	for _, z := range n.claims {
		b = binary.AppendUvarint(b, uint64(z))
	}
	b = appendRequests(b, e, n.requests)
	b = appendRequests(b, e, n.limbo)
	b = appendItems(b, e, n.stream)
	b = appendItems(b, e, n.held)
	b = binary.AppendUvarint(b, uint64(len(n.armed)))
	for _, a := range n.armed {
		b = e.AppendCall(b, a.call)
		b = election.AppendText(b, a.path)
		b = appendFlags(b, a.child)
	}
	return append(b, n.bad...)
}

func appendRequests(b []byte, e *election.Encoding, list []request) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		r := &list[i]
		b = e.AppendCall(b, r.call.ID)
		if proves(&r.call) {
			b = e.AppendDue(b, r.sent+timeout)
		}
		b = binary.AppendUvarint(b, uint64(r.token))
		b = appendFlags(b, r.late)
		b = appendCall(b, &r.call)
	}
	return b
}

func appendItems(b []byte, e *election.Encoding, list []item) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		it := &list[i]
		b = append(b, byte(it.event.Kind))
		b = e.AppendCall(b, it.event.Call)
		b = appendFlags(b, it.local, it.proof)
		if it.proof {
			b = e.AppendDue(b, it.sent+timeout)
		}
		b = appendEvent(b, &it.event)
	}
	return b
}

// appendCall encodes all but the number.
func appendCall(b []byte, c *election.Call) []byte {
	b = append(b, byte(c.Kind), byte(c.Mode))
	b = appendFlags(b, c.Watch)
	b = election.AppendText(b, c.Path)
	b = election.AppendText(b, string(c.Data))
	b = binary.AppendVarint(b, int64(c.Version))
	b = binary.AppendUvarint(b, uint64(len(c.Ops)))
	for i := range c.Ops {
		op := &c.Ops[i]
		b = append(b, byte(op.Type))
		b = election.AppendText(b, op.Path)
		b = election.AppendText(b, string(op.Data))
		b = binary.AppendVarint(b, int64(op.Version))
	}
	return b
}

// appendEvent encodes what a Machine may look at in an answer or a watch event, but for the call's number.
func appendEvent(b []byte, ev *election.Event) []byte {
	b = append(b, byte(ev.Change))
	if ev.Err != nil {
		b = election.AppendText(b, ev.Err.Error())
	} else {
		b = append(b, 0)
	}
	b = election.AppendText(b, ev.Path)
	b = election.AppendText(b, string(ev.Data))
	b = binary.AppendUvarint(b, uint64(ev.Stat.Czxid))
	b = binary.AppendUvarint(b, uint64(ev.Stat.Mzxid))
	b = binary.AppendUvarint(b, uint64(ev.Stat.Pzxid))
	b = binary.AppendVarint(b, int64(ev.Stat.Version))
	b = binary.AppendVarint(b, int64(ev.Stat.EphemeralOwner))
	b = binary.AppendUvarint(b, uint64(len(ev.Names)))
	for _, name := range ev.Names {
		b = election.AppendText(b, name)
	}
	return b
}

func appendFlags(b []byte, flags ...bool) []byte {
	var v byte
	for i, f := range flags {
		if f {
			v |= 1 << i
		}
	}
	return append(b, v)
}

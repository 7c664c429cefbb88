package simulate

import (
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// World is a service, some nodes that run candidates, and all that is under way between them. It is a value: a clone goes its own
// way. Make it with [NewWorld].
type World struct {
	*setup
	choose Chooser
	now    coord.Instant // true time
	events int
	queue  queue

	nodes    []node
	servers  []server
	conns    []conn
	idle     []uint16 // conns that are not in use
	sessions []owner  // by id
	ensemble

	wall     time.Duration   // by how much the service's wall clock is off
	claimant coord.SessionID // who made the last claim
	stored   coord.Zxid      // the greatest token that the store has seen
	calm     bool            // no more faults
	handing  bool            // the master is being taken away, to see who follows
	strikes  int             // chances for a fault so far
	restedAt coord.Instant   // when the last rest on the way between servers was over

	checker Checker
	seen    Seen
	terms   int      // roles started
	forced  bool     // the session that is being ended is so by force
	history *History // nil: none is kept
	notices []ztree.Notice
	names   []string
	effects []election.Effect
}

// began is the instant at which worlds begin. Zero would mean "never" to the machines.
const began = coord.Instant(time.Hour)

// eventKind says what an event is.
type eventKind uint8

const (
	evUp        eventKind = iota // a message reaches a server
	evDown                       // a message reaches a node
	evDial                       // a connection is made
	evPatience                   // a node has waited for a server's greeting for long enough
	evPing                       // a client's ping is due
	evSilence                    // a client has heard nothing for too long, perhaps
	evRelayUp                    // a message reaches the leader
	evRelayDown                  // a message reaches another server
	evApply                      // a server that lags carries out what was committed
	evLeaderPing
	evExpiry // the leader looks for sessions that are silent
	evWake   // a machine's deadline
	evInbox  // a process gets to something that waits for it
	evResume
	evRestart
	evRoleWork
	evRoleWrite
	evRoleStop
	evStore // a role's write reaches the store
	evFault
	evServerUp
	evLook // a server finds that it has no leader
	evElect
	evJoin
	evRested // the way to the leader is open again
)

// NewWorld draws a world from c and starts all its nodes. The options must be valid. What happens is added to h, unless that is nil.
func NewWorld(o Options, c Chooser, h *History) *World {
	s := draw(o, c)
	w := &World{setup: s, choose: c, now: began, history: h}
	w.checker = *NewChecker(s.Nodes)
	w.checker.lax = s.has(Beyond)
	w.checker.At(began)
	w.servers = make([]server, s.Servers)
	w.nodes = make([]node, s.Nodes)
	w.sessions = make([]owner, 1, 64)
	w.ensemble.init(s)
	w.prepare()
	for i := range w.servers {
		w.servers[i].up = true
	}
	w.lead(0)
	for i := range w.nodes {
		w.nodes[i].init(s, i)
	}
	for i := range w.nodes {
		w.startNode(int16(i))
	}
	if s.faults != 0 {
		w.nextFault()
	}
	return w
}

// prepare makes what is there before any candidate.
func (w *World) prepare() {
	paths := []string{dataPath}
	if w.clutter {
		paths = append(paths, path, path+"/README", path+"/z-0000000000")
	}
	for _, p := range paths {
		w.txn.Session = 0
		if _, _, err := w.tree.Create(&w.txn, p, nil, coord.Persistent, nil); err != nil {
			panic(fmt.Sprintf("simulate: making %s: %v", p, err))
		}
	}
}

// at and after put an event into the queue.
func (w *World) at(t coord.Instant, kind eventKind, who int16, arg uint32) {
	w.queue.push(event{at: max(t, w.now), kind: kind, who: who, arg: arg})
}

func (w *World) after(d time.Duration, kind eventKind, who int16, arg uint32) {
	w.queue.push(event{at: w.now.Add(d), kind: kind, who: who, arg: arg})
}

// Elapsed is how much virtual time has gone by.
func (w *World) Elapsed() time.Duration { return w.now.Sub(began) }

// Violation returns the first promise that was seen broken, or nil.
func (w *World) Violation() *Violation { return w.checker.violation }

// run goes on until an instant, or the first violation.
func (w *World) run(until coord.Instant) bool {
	for len(w.queue.heap) > 0 && w.queue.heap[0].at <= until && w.checker.violation == nil {
		w.Next()
	}
	if w.checker.violation != nil {
		return false
	}
	w.now = max(w.now, until)
	return true
}

// Next lets the next thing happen. It reports false if there is none.
func (w *World) Next() bool {
	if len(w.queue.heap) == 0 {
		return false
	}
	e := w.queue.pop()
	w.now = e.at
	w.events++
	w.checker.now = e.at
	switch {
	case e.kind <= evDown:
		w.deliver(&e)
	case e.kind <= evSilence:
		w.connEvent(&e)
	case e.kind <= evExpiry:
		w.serviceEvent(&e)
	case e.kind <= evStore:
		w.nodeEvent(&e)
	default:
		w.ensembleEvent(&e)
	}
	return true
}

func (w *World) connEvent(e *event) {
	n := &w.nodes[e.who]
	current := n.attempt == e.arg
	if e.kind >= evPing {
		current = n.session.conn == e.arg
	}
	if !current || w.putOff(e, e.who) {
		return
	}
	switch e.kind {
	case evDial:
		w.dialled(n, e)
	case evPatience:
		w.giveUp(n)
	case evPing:
		w.ping(n)
	case evSilence:
		w.silence(n)
	}
}

func (w *World) serviceEvent(e *event) {
	switch e.kind {
	case evRelayUp:
		w.relayUp(e)
	case evRelayDown:
		w.relayDown(e)
	case evApply:
		w.applyLate(e)
	case evLeaderPing:
		w.leaderPing(e)
	case evExpiry:
		w.expireSilent(e)
	}
}

func (w *World) nodeEvent(e *event) {
	if e.kind == evStore {
		w.store(e.who, coord.Zxid(e.arg))
		return
	}
	if e.kind == evRestart {
		w.restart(e.who)
		return
	}
	n := &w.nodes[e.who]
	if !n.up || e.arg != n.current(e.kind, e.arg) || w.putOff(e, e.who) {
		return
	}
	switch e.kind {
	case evWake:
		w.wake(n, e)
	case evInbox:
		w.takeIn(n, e.arg)
	case evResume:
		w.resume(n)
	case evRoleWork:
		w.roleWork(n)
	case evRoleWrite:
		w.roleWrite(n)
	case evRoleStop:
		w.roleReturns(n, nil)
	}
}

func (w *World) ensembleEvent(e *event) {
	switch e.kind {
	case evFault:
		w.fault()
	case evServerUp:
		w.serverUp(e.who)
	case evLook:
		w.lookForLeader(e.who, e.arg)
	case evElect:
		w.elect(e.arg)
	case evJoin:
		w.join(e.who, e.arg)
	case evRested:
		w.rested()
	}
}

// putOff lets what concerns a node that stands still wait until it goes on.
func (w *World) putOff(e *event, who int16) bool {
	n := &w.nodes[who]
	if w.now >= n.pausedUntil && (len(n.rest) == 0 || e.kind == evResume) {
		return false
	}
	w.at(max(n.pausedUntil, w.now), e.kind, e.who, e.arg)
	return true
}

// fail stops the world for a reason that is no promise: the world itself, or a machine, did what must not be.
func (w *World) fail(format string, args ...any) {
	w.checker.broken(Sound, format, args...)
}

package coordtest

import (
	"fmt"
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var catchUpChecks = []check{
	{"CatchUpTellsOfAllChangesWhileDisconnected", needs(Cuts), catchUpTells},
	{"CatchUpIsDoneBeforeTheStateIsConnected", needs(Cuts), catchUpBeforeConnected},
	{"CatchUpTellsOfChangesWhileRepliesAreLost", needs(Cuts), catchUpAfterLostEvents},
}

// missed is a change that a session may miss while it is disconnected.
type missed struct {
	kind watchKind
	make func(e *env, path string)
	want coord.EventType
}

var misses = []missed{
	{existsMissing, func(e *env, path string) { disturbMissing(e, path) }, coord.NodeCreated},
	{existsPresent, func(e *env, path string) { disturbData(e, path) }, coord.DataChanged},
	{existsPresent, func(e *env, path string) { e.calm.delete(path) }, coord.NodeDeleted},
	{getKind, func(e *env, path string) { disturbData(e, path) }, coord.DataChanged},
	{getKind, func(e *env, path string) { e.calm.delete(path) }, coord.NodeDeleted},
	{childrenKind, func(e *env, path string) { disturbChildren(e, path) }, coord.ChildrenChanged},
	{childrenKind, func(e *env, path string) { e.calm.delete(disturbAndName(e, path)) }, coord.ChildrenChanged},
	{childrenKind, func(e *env, path string) { e.calm.delete(path) }, coord.NodeDeleted},
}

func disturbAndName(e *env, path string) string {
	disturbChildren(e, path)
	return coord.JoinPath(path, e.calm.children(path)[0])
}

// armMisses makes the nodes of all misses, and arms a watch on each.
func (s *session) armMisses() []*coord.Watch {
	s.env.Helper()
	watches := make([]*coord.Watch, len(misses))
	for i, m := range misses {
		name := "n" + strconv.Itoa(i)
		if !m.kind.missing {
			s.env.node(name)
		}
		s.barrier()
		watches[i] = s.arm(m.kind, s.env.path(name))
	}
	return watches
}

func (e *env) makeMisses() {
	for i, m := range misses {
		m.make(e, e.path("n"+strconv.Itoa(i)))
	}
}

func (e *env) clearMisses() {
	for _, name := range e.calm.children(e.root) {
		e.removeAll(e.path(name))
	}
}

// afterAGap cuts a session off, has things happen meanwhile, and heals the link when the session knows that it is suspended. A
// session that expires meanwhile shows nothing, and on a busy machine that may happen: then it is tried with another.
func (e *env) afterAGap(way Direction, happen func(*session), look func([]*coord.Watch)) {
	e.Helper()
	for range 5 {
		s := e.open()
		watches := s.armMisses()
		still := s.arm(getKind, e.root)
		s.link.Cut(way)
		happen(s)
		s.awaitState(coord.Suspended)
		e.settle()
		s.link.Heal()
		if s.awaitOneOf(coord.Connected) == coord.Connected {
			look(watches)
			s.again()
			e.mustBeArmed("the watch of what did not change", still)
			return
		}
		e.clearMisses()
	}
	e.Fatalf("a session cut off for less than its timeout must live; five in a row have expired")
}

// whileSuspended makes the changes when the session has no connection.
func (e *env) whileSuspended(s *session) {
	e.Helper()
	s.awaitState(coord.Suspended)
	e.makeMisses()
}

// mustFireAll waits for the event of each change.
func (e *env) mustFireAll(when string, watches []*coord.Watch, must func(string, *coord.Watch, coord.Event)) {
	e.Helper()
	for i, m := range misses {
		what := fmt.Sprintf("change %d, seen by %s, made %s", i, m.kind.name, when)
		must(what, watches[i], coord.Event{Type: m.want, Path: e.path("n" + strconv.Itoa(i))})
	}
}

func catchUpTells(e *env) {
	for _, way := range []Direction{Requests, Both} {
		e.afterAGap(way, e.whileSuspended, func(watches []*coord.Watch) {
			e.mustFireAll(fmt.Sprintf("while disconnected (%v)", way), watches, e.mustFire)
		})
		e.clearMisses()
	}
}

func catchUpBeforeConnected(e *env) {
	e.afterAGap(Both, e.whileSuspended, func(watches []*coord.Watch) {
		e.mustFireAll("before the state became connected", watches, e.mustHaveFired)
	})
}

// catchUpAfterLostEvents has the changes made while the session still believes in its connection: the server sends the events, and
// they are lost with it.
func catchUpAfterLostEvents(e *env) {
	e.afterAGap(Replies, func(*session) { e.makeMisses() }, func(watches []*coord.Watch) {
		e.mustFireAll("while events were lost", watches, e.mustFire)
	})
}

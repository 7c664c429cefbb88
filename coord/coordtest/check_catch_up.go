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

// whileDisconnected has things happen while a session is cut off, and heals the link when it knows that it is. A session that
// expires meanwhile shows nothing, and on a busy machine that may happen: then it is tried with another.
func (e *env) whileDisconnected(way Direction, happen func(), look func(s *session, watches []*coord.Watch)) {
	e.Helper()
	for range 5 {
		s := e.open()
		watches := s.armMisses()
		keep := s.arm(getKind, e.root)
		s.link.Cut(way)
		s.awaitState(coord.Suspended)
		happen()
		e.settle()
		s.link.Heal()
		if s.awaitOneOf(coord.Connected) == coord.Connected {
			look(s, watches)
			e.mustBeArmed("the watch of what did not change", keep)
			return
		}
		e.clearMisses()
	}
	e.Fatalf("a session cut off for less than its timeout must live; five in a row have expired")
}

func catchUpTells(e *env) {
	for _, way := range []Direction{Requests, Both} {
		e.whileDisconnected(way, e.makeMisses, func(s *session, watches []*coord.Watch) {
			for i, m := range misses {
				what := fmt.Sprintf("change %d, seen by %s, made while disconnected (%v)", i, m.kind.name, way)
				e.mustFire(what, watches[i], coord.Event{Type: m.want, Path: e.path("n" + strconv.Itoa(i))})
			}
			s.again()
		})
		e.clearMisses()
	}
}

func catchUpBeforeConnected(e *env) {
	e.whileDisconnected(Both, e.makeMisses, func(_ *session, watches []*coord.Watch) {
		for i, m := range misses {
			what := fmt.Sprintf("change %d, seen by %s, made before the state became connected", i, m.kind.name)
			e.mustHaveFired(what, watches[i], coord.Event{Type: m.want, Path: e.path("n" + strconv.Itoa(i))})
		}
	})
}

// catchUpAfterLostEvents has the changes made while the session still believes in its connection: the server sends the events, and
// they are lost with it.
func catchUpAfterLostEvents(e *env) {
	s := e.open()
	watches := s.armMisses()
	s.link.Cut(Replies)
	e.makeMisses()
	s.awaitState(coord.Suspended)
	s.link.Heal()
	if s.awaitOneOf(coord.Connected) != coord.Connected {
		return // It was too long; then the end of its watches is another check's concern.
	}
	for i, m := range misses {
		what := fmt.Sprintf("change %d, seen by %s, whose event was lost", i, m.kind.name)
		e.mustFire(what, watches[i], coord.Event{Type: m.want, Path: e.path("n" + strconv.Itoa(i))})
	}
}

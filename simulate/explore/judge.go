package explore

import (
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

func (s *service) register() (election.Register, coord.Stat) {
	data, stat, err := s.tree.Get(path, nil)
	if err != nil {
		return election.Register{}, stat
	}
	reg, _ := election.ParseRegister(data)
	return reg, stat
}

func (s *service) owner(node string) coord.SessionID {
	stat, _ := s.tree.Exists(coord.JoinPath(path, node))
	return stat.EphemeralOwner
}

// stray: the path was deleted and made anew, and a claim, release or deletion names a node that is another's with the same id. It rests on what
// was seen before the deletion; who sent it is told by the answer, and starts no role. docs/correctness.md excepts it.
func (s *service) stray(c *election.Call, by coord.SessionID) bool {
	named := c.Path
	switch {
	case s.wipes == 0 || c.Kind != election.CallDelete && !setsRegister(c):
		return false
	case c.Kind == election.CallMulti:
		named = c.Ops[0].Path
	}
	stat, err := s.tree.Exists(named)
	return err == nil && stat.EphemeralOwner != by
}

func setsRegister(c *election.Call) bool {
	return c.Kind == election.CallMulti && slices.ContainsFunc(c.Ops, func(op coord.Op) bool { return op.Type == coord.OpSet && op.Path == path })
}

// strays reports whether an ask is such a call: if it takes effect, whoever leads then is excused.
func (s *service) strays(a *ask) bool {
	switch a.kind {
	case askGhostServe:
		return s.stray(s.next(a.session), a.session)
	case askCall:
		return s.stray(&a.call, a.session)
	}
	return false
}

// whoseTurn is who claims under a policy that never displaces, where nobody who comes later can be better; empty under others.
func (s *service) whoseTurn() string {
	if s.policy.Displaces {
		return ""
	}
	names, _, _ := s.tree.Children(nil, path, nil)
	return s.policy.First(names)
}

// judge is S4, and L2 at each claim.
func (s *service) judge(by coord.SessionID, before, after election.Register) {
	holder := coord.SessionID(0)
	if before.Holder != "" {
		holder = s.owner(before.Holder)
	}
	switch {
	case after.Released && before.Holder != "" && holder != by:
		s.bad = fmt.Sprintf("S4: session %v released what %s holds", by, before.Holder)
	case after.Released:
	case s.owner(after.Holder) != by:
		s.bad = fmt.Sprintf("S4: session %v claimed for %s, which is not its own", by, after.Holder)
	case holder != 0 && before.Holder != after.Holder:
		s.bad = fmt.Sprintf("S4: %s took the place of %s, whose node stands", after.Holder, before.Holder)
	case s.whoseTurn() != "" && s.whoseTurn() != after.Holder:
		s.bad = fmt.Sprintf("L2: %s claimed, though it was the turn of %s", after.Holder, s.whoseTurn())
	case after.Term != before.Term+1:
		s.bad = fmt.Sprintf("S2: term %d comes after term %d", after.Term, before.Term)
	}
}

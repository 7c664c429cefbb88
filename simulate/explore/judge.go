package explore

import (
	"fmt"

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

// namesake: the path was deleted and made anew, and a claim was made for the node of another process with the same id. It rests on
// what was seen before the deletion; who sent it is told by the answer, and starts no role. docs/correctness.md excepts it.
func (s *service) namesake(node string, by coord.SessionID) bool {
	return s.wipes > 0 && s.owner(node) != by
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
	case s.namesake(after.Holder, by):
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

package proptest

import (
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
	"github.com/hamaster/hamaster/simulate"
)

// forged is a service whose journal a test writes.
type forged struct {
	service
	commits []ztree.Commit
	lost    bool
}

func (f *forged) Journal(after coord.Zxid) (since []ztree.Commit, all bool) {
	for _, c := range f.commits {
		if c.Zxid > after {
			since = append(since, c)
		}
	}
	return since, !f.lost
}

// The sessions of the forged journals are 1 and 2, of processes 0 and 1, which have a node each.
func by(zxid coord.Zxid, session coord.SessionID, changes ...ztree.NodeChange) ztree.Commit {
	for i := range changes {
		if changes[i].Type != coord.NodeDeleted {
			changes[i].Stat.Czxid, changes[i].Stat.Mzxid = 1, zxid
		}
	}
	return ztree.Commit{Zxid: zxid, Session: session, Changes: changes}
}

func candidate(name string, of coord.SessionID) ztree.NodeChange {
	return ztree.NodeChange{Type: coord.NodeCreated, Path: path + "/" + name, Stat: coord.Stat{EphemeralOwner: of}}
}

func gone(name string) ztree.NodeChange {
	return ztree.NodeChange{Type: coord.NodeDeleted, Path: path + "/" + name}
}

func register(r election.Register) ztree.NodeChange {
	r.Policy = "oldest"
	return ztree.NodeChange{Type: coord.DataChanged, Path: path, Data: r.Encode()}
}

func written(token coord.Zxid) ztree.NodeChange {
	return ztree.NodeChange{Type: coord.DataChanged, Path: storePath, Data: note(token)}
}

func TestTheAuditSeesWhatTheJournalShows(t *testing.T) {
	joined := []ztree.Commit{
		by(1, 9, ztree.NodeChange{Type: coord.NodeCreated, Path: path}), by(2, 1, candidate("a-0000000000", 1)), by(3, 2, candidate("b-0000000001", 2)),
	}
	held := append(joined[:3:3], by(4, 1, register(election.Register{Term: 1, Holder: "a-0000000000"})))
	for name, c := range map[string]struct {
		broken string // empty: nothing
		then   []ztree.Commit
	}{
		"a writes in its term, and is succeeded when its node is gone": {"", []ztree.Commit{
			by(5, 1, written(4)), by(6, 0, gone("a-0000000000")), by(7, 2, register(election.Register{Term: 2, Holder: "b-0000000001"})), by(8, 2, written(7)),
		}},
		"a releases and goes, and b claims": {"", []ztree.Commit{
			by(5, 1, register(election.Register{Term: 1, Released: true})), by(6, 1, gone("a-0000000000")), by(7, 2, register(election.Register{Term: 2, Holder: "b-0000000001"})),
		}},
		"b claims over a, whose node stands":     {"S4", []ztree.Commit{by(5, 2, register(election.Register{Term: 2, Holder: "b-0000000001"}))}},
		"b releases for a":                       {"S4", []ztree.Commit{by(5, 2, register(election.Register{Term: 1, Released: true}))}},
		"b claims for a":                         {"S4", []ztree.Commit{by(5, 2, register(election.Register{Term: 2, Holder: "a-0000000000"}))}},
		"b claims for a node that goes with it":  {"S4", []ztree.Commit{by(5, 0, gone("a-0000000000")), by(6, 2, register(election.Register{Term: 2, Holder: "b-0000000001"}), gone("b-0000000001"))}},
		"a write of the term before":             {"S5", []ztree.Commit{by(5, 0, gone("a-0000000000")), by(6, 2, register(election.Register{Term: 2, Holder: "b-0000000001"})), by(7, 1, written(4))}},
		"a write when the register is gone":      {"S5", []ztree.Commit{by(5, 9, ztree.NodeChange{Type: coord.NodeDeleted, Path: path}), by(6, 1, written(4))}},
		"b claims though a is first":             {"L2", []ztree.Commit{by(5, 1, register(election.Register{Term: 1, Released: true})), by(6, 2, register(election.Register{Term: 2, Holder: "b-0000000001"}))}},
		"two candidate nodes of one session":     {"S6", []ztree.Commit{by(5, 1, candidate("c-0000000002", 1))}},
		"a candidate node after the first went":  {"", []ztree.Commit{by(5, 1, gone("a-0000000000")), by(6, 1, candidate("c-0000000002", 1))}},
		"a claim of a session that nobody knows": {"no candidate", []ztree.Commit{by(5, 0, gone("a-0000000000")), by(6, 3, candidate("x-0000000000", 3)), by(7, 3, register(election.Register{Term: 2, Holder: "x-0000000000"}))}},
	} {
		checker := simulate.NewChecker(2)
		checker.At(1)
		audit := newAudit(election.OldestFirst, func(id coord.SessionID) (int, bool) { return int(id) - 1, id == 1 || id == 2 })
		for _, commit := range append(held[:4:4], c.then...) {
			audit.follow(&forged{commits: []ztree.Commit{commit}}, checker)
			if reg, _ := election.ParseRegister(commit.Changes[0].Data); reg.Holder != "" && commit.Session < 3 {
				checker.Elected(int(commit.Session)-1, commit.Zxid) // who claims knows that at once
			}
		}
		got := ""
		switch {
		case checker.Violation() != nil:
			got = checker.Violation().Error()
		case audit.wrong != nil:
			got = audit.wrong.Error()
		}
		if (c.broken == "") != (got == "") || !strings.Contains(got, c.broken) {
			t.Errorf("%s: %q, want %q", name, got, c.broken)
		}
	}
}

func TestAnAuditThatHasMissedSomethingSaysSo(t *testing.T) {
	audit := newAudit(election.OldestFirst, nil)
	if audit.follow(&forged{lost: true}, simulate.NewChecker(1)); audit.wrong == nil {
		t.Error("no word")
	}
}

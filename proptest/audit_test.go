package proptest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
	"github.com/hamaster/hamaster/simulate"
)

// audit reads a service's journal, and shows the Checker in it what a simulated world shows of its own transactions: who claims and releases
// the register over whom, which candidate nodes stand together, and which fenced transactions went through at what state of the register.
type audit struct {
	read    coord.Zxid // up to here
	policy  ha.Policy
	nodes   map[string]ztree.NodeChange
	process func(coord.SessionID) (process int, known bool)
	fenced  int // transactions of roles
	wrong   error
}

func newAudit(policy ha.Policy, process func(coord.SessionID) (int, bool)) *audit {
	return &audit{policy: policy, nodes: map[string]ztree.NodeChange{}, process: process}
}

// kept is how many transactions a service must keep for an audit that looks in at every glance.
const kept = 10_000

func (a *audit) follow(s service, k *simulate.Checker) {
	commits, all := s.Journal(a.read)
	if !all {
		a.complain("the journal has lost transactions after %v", a.read)
	}
	for i := range commits {
		a.read = commits[i].Zxid
		a.commit(&commits[i], k)
	}
}

func (a *audit) commit(c *ztree.Commit, k *simulate.Checker) {
	before, holder := a.register()
	at := a.nodes[path].Stat.Mzxid
	for _, n := range c.Changes {
		if n.Stat.Czxid == 0 { // it is gone, perhaps within the same transaction
			delete(a.nodes, n.Path)
			continue
		}
		a.nodes[n.Path] = n
	}
	for _, n := range c.Changes {
		switch {
		case n.Type == coord.DataChanged && n.Path == path:
			after, claimer := a.register()
			if _, known := a.process(c.Session); !known && after.Term == before.Term+misnamed {
				continue // a hand wrote it: see the storm's misname
			}
			k.RegisterChanged(&simulate.RegisterChange{
				Zxid: c.Zxid, By: c.Session, Proc: a.whose(c), Before: before, After: after, HolderOwner: holder, ClaimerOwner: claimer,
				First: a.whoseTurn(),
			})
		case n.Type == coord.DataChanged && n.Path == storePath:
			a.fenced++
			k.Fenced(a.whose(c), a.token(n.Data), at)
		case n.Type == coord.NodeCreated && strings.HasPrefix(n.Path, path+"/"):
			k.Candidates(a.whose(c), a.candidates(c.Session))
		}
	}
}

// register is the register as the journal has it so far, and who owns its holder's node.
func (a *audit) register() (election.Register, coord.SessionID) {
	reg, err := election.ParseRegister(a.nodes[path].Data)
	if err != nil {
		a.complain("%v", err)
	}
	return reg, a.nodes[coord.JoinPath(path, reg.Holder)].Stat.EphemeralOwner
}

// whoseTurn is who claims under a policy that never displaces, where nobody who comes later can be better; empty under others.
func (a *audit) whoseTurn() string {
	if a.policy.Displaces {
		return ""
	}
	var names []string
	for name := range a.nodes {
		if child, ok := strings.CutPrefix(name, path+"/"); ok {
			names = append(names, child)
		}
	}
	return a.policy.First(names)
}

// candidates is how many candidate nodes of a session stand.
func (a *audit) candidates(of coord.SessionID) (n int) {
	for name := range a.nodes {
		if strings.HasPrefix(name, path+"/") && a.nodes[name].Stat.EphemeralOwner == of {
			n++
		}
	}
	return n
}

func (a *audit) whose(c *ztree.Commit) int {
	process, known := a.process(c.Session)
	if !known {
		a.complain("transaction %v is of session %v, which no candidate has opened", c.Zxid, c.Session)
	}
	return process
}

// note and token: what a role writes in a fenced transaction says in which term.
func note(token coord.Zxid) []byte { return strconv.AppendInt(nil, int64(token), 10) }

func (a *audit) token(note []byte) coord.Zxid {
	token, err := strconv.ParseInt(string(note), 10, 64)
	if err != nil {
		a.complain("%v", err)
	}
	return coord.Zxid(token)
}

func (a *audit) complain(format string, args ...any) {
	if a.wrong == nil {
		a.wrong = fmt.Errorf(format, args...)
	}
}

package explore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

const path = "/e"

// service is the tree, and what is left of processes that are gone: their sessions, with what they had sent.
type service struct {
	policy *election.Policy // of all candidates
	tree   *ztree.Tree
	wipes  int64 // how often the path was deleted
	ghosts []ghost
	lag    replica
	bad    string // what the last thing it did broke
}

// replica is a server that has fallen behind the others, with all that one node's session reads from it and hears from it.
type replica struct {
	node   uint8 // number of the node, plus one; 0: there is no such server
	tree   *ztree.Tree
	wipes  int64
	missed []change
}

// seenBy is the service as a session's reads see it.
func (s *service) seenBy(id coord.SessionID) *service {
	if s.lag.node == 0 || id>>8 != coord.SessionID(s.lag.node) {
		return s
	}
	return &service{tree: s.lag.tree, wipes: s.lag.wipes}
}

// ghost is the session of a process that is gone.
type ghost struct {
	session coord.SessionID
	writes  []election.Call
}

// A zxid is shown as an age of the election path and a number within it: of the path itself the version of its data, of a child its
// sequence number, and of the children altogether that of the last one. So a zxid does not tell what happened elsewhere, and worlds that differ in nothing else are one. To a Machine it is
// as good as the tree's own: it compares a czxid with that of another node of the same name, and a token, which is the zxid of a
// change of the path's data, with others of its kind, and a child's with that of the children: of those, the later is the greater.
const age = 1000

func (s *service) shown(number int32) coord.Zxid { return coord.Zxid((s.wipes+1)*age + int64(number)) }

func (s *service) show(at string, stat coord.Stat) coord.Stat {
	if at == path {
		stat.Czxid, stat.Mzxid, stat.Pzxid = s.shown(0), s.shown(stat.Version), s.shown(creates(&stat)-1)
		return stat
	}
	c, _ := election.ParseNode(at[len(path)+1:], false)
	stat.Czxid = s.shown(c.Seq)
	stat.Mzxid, stat.Pzxid = stat.Czxid, stat.Czxid
	return stat
}

// creates is how many children a node has had: the next one's sequence number.
func creates(stat *coord.Stat) int32 { return (stat.Cversion + stat.NumChildren) / 2 }

func (s *service) appendTo(b []byte) []byte {
	b = s.appendTree(b)
	for i := range s.ghosts {
		g := &s.ghosts[i]
		b = binary.AppendUvarint(b, uint64(g.session))
		b = binary.AppendUvarint(b, uint64(len(g.writes)))
		for k := range g.writes {
			b = appendCall(b, &g.writes[k])
		}
	}
	b = append(b, 0, s.lag.node)
	if s.lag.node != 0 {
		b = (&service{tree: s.lag.tree, wipes: s.lag.wipes}).appendTree(b)
		b = appendChanges(b, s.lag.missed)
	}
	return append(b, s.bad...)
}

// appendTree tells all that can be seen through calls.
func (s *service) appendTree(b []byte) []byte {
	b = append(b, byte(s.wipes))
	for id := range s.tree.Sessions {
		b = binary.AppendUvarint(b, uint64(id))
	}
	data, stat, err := s.tree.Get(path, nil)
	b = appendFlags(append(b, 0), err == nil)
	b = election.AppendText(b, string(data))
	b = binary.AppendVarint(b, int64(stat.Version))
	b = binary.AppendVarint(b, int64(creates(&stat)))
	names, _, _ := s.tree.Children(nil, path, nil)
	for _, name := range names {
		stat, _ := s.tree.Exists(coord.JoinPath(path, name))
		b = election.AppendText(b, name)
		b = binary.AppendUvarint(b, uint64(stat.EphemeralOwner))
		b = binary.AppendUvarint(b, uint64(stat.Version))
	}
	return append(b, 0)
}

// do carries an ask out on a copy, and returns it, or s itself if nothing has changed: then not even a zxid was used up, which
// nobody could tell. The changes are for everybody to hear of whose server has not fallen behind; those of a server that catches up
// are for its node.
func (s *service) do(a *ask) (*service, reply, []change) {
	switch {
	case a.kind == askCatchUp:
		next := *s
		next.lag = replica{}
		return &next, reply{}, s.lag.missed
	case a.kind == askLag:
		next := *s
		next.lag = replica{node: uint8(a.session >> 8), tree: s.tree, wipes: s.wipes}
		return &next, reply{}, nil
	case a.kind == askCall && !writes(&a.call):
		return s, s.seenBy(a.session).serve(nil, &a.call, 0), nil
	}
	next, r, changed := s.write(a)
	if next != s && next.lag.node != 0 {
		next.lag.missed = slices.Concat(next.lag.missed, changed)
	}
	return next, r, changed
}

func (s *service) write(a *ask) (*service, reply, []change) {
	next := &service{policy: s.policy, tree: s.tree.Clone(), wipes: s.wipes, ghosts: slices.Clone(s.ghosts), lag: s.lag}
	x := &ztree.Txn{Session: a.session}
	var r reply
	switch a.kind {
	case askCall:
		r = next.serve(x, &a.call, a.token)
	case askOpen:
		next.tree.OpenSession(&ztree.Txn{}, a.session, 1)
		return next, r, nil
	case askClose:
		return next, r, next.end(a.session)
	case askDelete:
		next.remove(x, coord.JoinPath(path, a.node))
	case askMisname:
		next.misname(x, a.node)
	case askWipe:
		return next, r, next.wipe()
	case askGhost:
		next.ghosts = append(next.ghosts, ghost{a.session, a.writes})
		return next, r, nil
	case askGhostServe:
		r = next.haunt(x)
	case askGhostExpire:
		next.ghosts = dropGhost(next.ghosts, a.session)
		return next, r, next.end(a.session)
	}
	if len(x.Changes) == 0 && a.kind != askGhostServe && next.bad == "" {
		return s, r, nil
	}
	return next, r, changesOf(x)
}

func changesOf(x *ztree.Txn) []change {
	var list []change
	for _, c := range x.Changes {
		list = append(list, change{c.Type, c.Path})
	}
	return list
}

func (s *service) end(id coord.SessionID) []change {
	x := &ztree.Txn{}
	if err := s.tree.CloseSession(x, id); err != nil {
		panic(fmt.Sprintf("explore: ending session %v: %v", id, err))
	}
	return changesOf(x)
}

func (s *service) remove(x *ztree.Txn, at string) {
	x.Session = 0
	if err := s.tree.Delete(x, at, coord.AnyVersion); err != nil && !errors.Is(err, coord.ErrNoNode) {
		panic(fmt.Sprintf("explore: deleting %s: %v", at, err))
	}
}

func (s *service) wipe() []change {
	var all []change
	names, _, _ := s.tree.Children(nil, path, nil)
	for _, name := range names {
		x := &ztree.Txn{}
		s.remove(x, coord.JoinPath(path, name))
		all = append(all, changesOf(x)...)
	}
	x := &ztree.Txn{}
	s.remove(x, path)
	s.wipes++
	return append(all, changesOf(x)...)
}

// canMisname: the node stands, and the register has been written.
func (s *service) canMisname(node string) bool {
	reg, _ := s.register()
	return reg.Policy != "" && s.owner(node) != 0
}

// misname is a hand that writes into the register that somebody leads who did not claim.
func (s *service) misname(x *ztree.Txn, node string) {
	reg, _ := s.register()
	const far = 10 // from any term that a candidate may propose now, which would take it for its own claim
	reg = election.Register{Term: reg.Term + far, Holder: node, ID: reg.ID, Policy: reg.Policy}
	x.Session = 0
	if _, err := s.tree.Set(x, path, reg.Encode(), coord.AnyVersion); err != nil {
		panic(fmt.Sprintf("explore: writing the register: %v", err))
	}
}

// next is what a process that is gone has sent and is served next.
func (s *service) next(ghost coord.SessionID) *election.Call {
	for i := range s.ghosts {
		if g := &s.ghosts[i]; g.session == ghost {
			return &g.writes[0]
		}
	}
	panic("explore: no such ghost")
}

// haunt carries out the next request of a process that is gone.
func (s *service) haunt(x *ztree.Txn) reply {
	for i := range s.ghosts {
		if g := &s.ghosts[i]; g.session == x.Session {
			call := g.writes[0]
			g.writes = g.writes[1:]
			return s.serve(x, &call, 0)
		}
	}
	panic("explore: no such ghost")
}

func dropGhost(list []ghost, id coord.SessionID) []ghost {
	var kept []ghost
	for _, g := range list {
		if g.session != id {
			kept = append(kept, g)
		}
	}
	return kept
}

// serve carries out a call, and holds what it does against the promises about the register.
func (s *service) serve(x *ztree.Txn, c *election.Call, token coord.Zxid) reply {
	var r reply
	before, stat := s.register()
	ev := &r.event
	switch c.Kind {
	case election.CallCreate:
		ev.Path, ev.Stat, ev.Err = s.tree.Create(x, c.Path, c.Data, c.Mode, nil)
	case election.CallGet:
		ev.Data, ev.Stat, ev.Err = s.tree.Get(c.Path, nil)
	case election.CallChildren:
		ev.Names, ev.Stat, ev.Err = s.tree.Children(nil, c.Path, nil)
	case election.CallSet:
		ev.Stat, ev.Err = s.tree.Set(x, c.Path, c.Data, c.Version)
	case election.CallDelete:
		ev.Err = s.tree.Delete(x, c.Path, c.Version)
	case election.CallMulti:
		results, _, err := s.tree.Multi(x, c.Ops)
		if ev.Err = err; err == nil {
			ev.Stat = results[len(results)-1].Stat
		}
	}
	if ev.Err != nil {
		return r
	}
	switch c.Kind {
	case election.CallGet, election.CallChildren:
		ev.Stat = s.show(c.Path, ev.Stat)
	case election.CallMulti:
		ev.Stat = s.show(path, ev.Stat)
	default:
		ev.Stat = coord.Stat{} // which no Machine looks at
	}
	if token != 0 && s.show(path, stat).Mzxid != token {
		s.bad = fmt.Sprintf("S5: a transaction of the term with token %v was committed when the register was at %v", token, s.show(path, stat).Mzxid)
	}
	if after, now := s.register(); now.Mzxid != stat.Mzxid && now.Czxid == stat.Czxid {
		if !s.stray(c, x.Session) {
			s.judge(x.Session, before, after)
		}
		if !after.Released {
			r.claim = s.show(path, now).Mzxid
		}
	}
	return r
}

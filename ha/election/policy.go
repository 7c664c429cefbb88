package election

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// Policy says who should be master. It is a total order of candidates over facts that are fixed when they register: Before, and
// between those it leaves equal, the sequence number, lower first.
type Policy struct {
	// Name is kept in the register, so that candidates with different policies find out. Empty means OldestFirst.
	Name string
	// Displaces: a newcomer that ranks before a living master takes its place. Otherwise nobody is ever displaced.
	Displaces bool
	// Weighted: candidates carry a weight in their node's name.
	Weighted bool
	// Before reports whether a ranks before b. It must be a pure function; nil leaves all equal.
	Before func(a, b Candidate) bool
}

var (
	// OldestFirst: the candidate that has been there longest. A master is never displaced.
	OldestFirst = Policy{Name: "oldest"}
	// NewestFirst: the candidate that came last. Every newcomer displaces the master.
	NewestFirst = Policy{Name: "newest", Displaces: true, Before: func(a, b Candidate) bool { return seqBefore(b.Seq, a.Seq) }}
	// ByName: the greatest id, compared as bytes.
	ByName = Policy{Name: "name", Displaces: true, Before: func(a, b Candidate) bool { return a.ID > b.ID }}
	// ByPriority: the greatest weight.
	ByPriority = Policy{Name: "priority", Displaces: true, Weighted: true, Before: func(a, b Candidate) bool { return a.Weight > b.Weight }}
)

// Policies are the ready-made ones.
func Policies() []Policy { return []Policy{OldestFirst, NewestFirst, ByName, ByPriority} }

// PolicyByName returns the ready-made policy with that name, or an error that lists the names.
func PolicyByName(name string) (Policy, error) {
	var names []string
	for _, p := range Policies() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Policy{}, fmt.Errorf("%w: no policy %q: choose one of %s", coord.ErrInvalid, name, strings.Join(names, ", "))
}

func (p *Policy) name() string {
	if p.Name == "" {
		return OldestFirst.Name
	}
	return p.Name
}

// Ranks reports whether a ranks before b.
func (p *Policy) Ranks(a, b Candidate) bool {
	if p.Before != nil {
		if p.Before(a, b) {
			return true
		}
		if p.Before(b, a) {
			return false
		}
	}
	if a.Seq != b.Seq {
		return seqBefore(a.Seq, b.Seq)
	}
	return a.Node < b.Node
}

// seqBefore compares sequence numbers as points on a circle, so that the order survives the counter's overflow from 2^31-1 to
// -2^31, as long as no candidate outlives 2^31 others.
func seqBefore(a, b int32) bool { return a-b < 0 }

// First returns which of these children of an election path ranks first; empty if none is a candidate's node.
func (p *Policy) First(children []string) string {
	var first Candidate
	for _, name := range children {
		if c, ok := ParseNode(name, p.Weighted); ok && (first.Node == "" || p.Ranks(c, first)) {
			first = c
		}
	}
	return first.Node
}

// Candidate is what a candidate node's name tells.
type Candidate struct {
	Node   string // the node's name, without the election path
	ID     string
	Weight int32 // under a Weighted policy
	Seq    int32
}

// ranking is what one candidate needs to know of all.
type ranking struct {
	self  bool   // our node is among them
	rival bool   // and so is another candidate's, under whatever policy
	first string // the node that ranks first
	prev  string // the node just before ours; empty if ours is first
}

// rank looks through the children for the first and for the one before self. Children that are no candidates, by their name or
// because they are among foreign, do not count.
func (p *Policy) rank(children []string, self string, foreign []string) ranking {
	var r ranking
	own, ok := ParseNode(self, p.Weighted)
	if !ok {
		return r
	}
	var first, prev Candidate
	for _, name := range children {
		if name == self {
			r.self = true
		}
		if _, ok := ParseNode(name, false); !ok || contains(foreign, name) {
			continue
		}
		r.rival = r.rival || name != self
		c, ok := ParseNode(name, p.Weighted)
		if !ok {
			continue
		}
		if r.first == "" || p.Ranks(c, first) {
			r.first, first = name, c
		}
		if name != self && p.Ranks(c, own) && (r.prev == "" || p.Ranks(prev, c)) {
			r.prev, prev = name, c
		}
	}
	return r
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

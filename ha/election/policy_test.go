package election

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"pgregory.net/rapid"
)

// drawCandidates draws candidates whose numbers lie within half the circle of int32, anywhere on it.
func drawCandidates(t *rapid.T, p *Policy, n int) []Candidate {
	start := rapid.SampledFrom([]int32{0, math.MaxInt32 - 3, math.MinInt32, -3}).Draw(t, "start")
	width := rapid.SampledFrom([]int32{8, math.MaxInt32}).Draw(t, "width")
	var all []Candidate
	for range n {
		c := Candidate{ID: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"), Seq: start + rapid.Int32Range(0, width-1).Draw(t, "seq")}
		if p.Weighted {
			c.Weight = rapid.Int32Range(-1, 1).Draw(t, "weight")
		}
		c.Node = nodePrefix(c.ID, c.Weight, p.Weighted) + fmt.Sprintf("%010d", c.Seq)
		if !slices.ContainsFunc(all, func(other Candidate) bool { return other.Node == c.Node }) {
			all = append(all, c)
		}
	}
	return all
}

func drawPolicy(t *rapid.T) Policy {
	own := Policy{Name: "own", Before: func(a, b Candidate) bool { return a.Seq%2 == 0 && b.Seq%2 != 0 }}
	return rapid.SampledFrom(append(Policies(), own)).Draw(t, "policy")
}

func TestPoliciesAreTotalOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		all := drawCandidates(t, &p, 3)
		for _, a := range all {
			for _, b := range all {
				if a != b && p.Ranks(a, b) == p.Ranks(b, a) {
					t.Fatalf("%s: %+v and %+v rank %v both ways", p.Name, a, b, p.Ranks(a, b))
				}
				for _, c := range all {
					if p.Ranks(a, b) && p.Ranks(b, c) && !p.Ranks(a, c) {
						t.Fatalf("%s: %+v before %+v before %+v, but not the first before the last", p.Name, a, b, c)
					}
				}
			}
			if p.Ranks(a, a) {
				t.Fatalf("%s: %+v ranks before itself", p.Name, a)
			}
		}
	})
}

func TestSequenceNumbersAreOrderedAcrossTheOverflow(t *testing.T) {
	for _, c := range []struct{ before, after int32 }{{0, 1}, {-1, 0}, {math.MaxInt32, math.MinInt32}, {math.MaxInt32 - 5, math.MinInt32 + 5}, {math.MinInt32, -1}} {
		if !seqBefore(c.before, c.after) || seqBefore(c.after, c.before) {
			t.Errorf("%d should be before %d, and not the other way round", c.before, c.after)
		}
	}
}

// TestRankAgreesWithSorting: the twin sorts all candidates and looks at both ends of ourselves.
func TestRankAgreesWithSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		all := drawCandidates(t, &p, 6)
		self := all[rapid.IntRange(0, len(all)-1).Draw(t, "self")].Node
		names, foreign := []string{"README", "_c_0-x"}, []string{}
		var real []Candidate
		for _, c := range all {
			names = append(names, c.Node)
			if c.Node != self && rapid.IntRange(0, 4).Draw(t, "foreign") == 0 {
				foreign = append(foreign, c.Node)
				continue
			}
			real = append(real, c)
		}
		slices.SortFunc(real, func(a, b Candidate) int {
			if p.Ranks(a, b) {
				return -1
			}
			return 1
		})
		at := slices.IndexFunc(real, func(c Candidate) bool { return c.Node == self })
		want := ranking{self: true, rival: len(real) > 1, first: real[0].Node}
		if at > 0 {
			want.prev = real[at-1].Node
		}
		names = rapid.Permutation(names).Draw(t, "order")
		if got := p.rank(names, self, foreign); got != want {
			t.Fatalf("%v of %v: got %+v, want %+v", self, names, got, want)
		}
	})
}

func TestPoliciesAreFoundByName(t *testing.T) {
	for _, want := range Policies() {
		if got, err := PolicyByName(want.Name); err != nil || got.Name != want.Name || got.Displaces != want.Displaces {
			t.Errorf("%q: %+v, %v", want.Name, got, err)
		}
	}
	if _, err := PolicyByName("fastest"); !errors.Is(err, coord.ErrInvalid) {
		t.Errorf("a policy that does not exist: %v", err)
	}
}

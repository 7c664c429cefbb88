package proptest

import (
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/simulate"
)

// drawn is a Chooser that rapid draws for, so that what rapid makes small is the schedule itself. What kind of world it is, is drawn
// choice by choice. For each other reason it draws how many choices go the plainest way, then one choice, and so on. To rapid a
// smaller draw is a simpler one, and so it is here: 0 for a choice is the plainest, 0 for a gap means that nothing but the plainest
// follows for that reason, and then come the gaps, from the widest on.
type drawn struct {
	t    *rapid.T
	left int // draws that may still be made: drawing costs far more than playing
	wait [simulate.Reasons]int
}

// gaps are how many choices go the plainest way between two drawn ones. They are drawn with equal chance.
var gaps = []int{never, 300, 100, 50, 30, 20, 10, 5, 3, 2, 1, 0}

const never = -1

const mostDrawn = 400

func newDrawn(t *rapid.T) *drawn { return &drawn{t: t, left: mostDrawn} }

// Choose implements simulate.Chooser.
func (d *drawn) Choose(n int, why simulate.Reason) int {
	if n == 1 {
		return 0
	}
	if why == simulate.Swarm {
		return d.draw(n, why)
	}
	if d.wait[why] == 0 {
		d.wait[why] = d.gap(why)
	}
	if d.wait[why] == never {
		return 0
	}
	if d.wait[why]--; d.wait[why] > 0 {
		return 0
	}
	return d.draw(n, why)
}

// gap is at which of the coming choices, counted from 1, the next is drawn.
func (d *drawn) gap(why simulate.Reason) int {
	if d.left <= 0 {
		return never
	}
	d.left--
	if gap := rapid.SampledFrom(gaps).Draw(d.t, "before "+why.String()); gap != never {
		return gap + 1
	}
	return never
}

func (d *drawn) draw(n int, why simulate.Reason) int {
	d.left--
	return rapid.IntRange(0, n-1).Draw(d.t, why.String())
}

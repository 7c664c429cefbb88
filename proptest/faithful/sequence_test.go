package faithful

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/internal/zktest"
)

// Every sequence of steps has the same answers and events from both fakes and from a real server. One that has not is made as short as
// it can be, and printed with what each service said.
func TestFakesAnswerAsZooKeeperDoes(t *testing.T) {
	legs := newLegs(t)
	sequences := 0
	rapid.Check(t, func(rt *rapid.T) {
		sequences++
		d := newDuel(rt, legs, fmt.Sprintf("/sequence%d", sequences), rapid.Bool().Draw(rt, "chroot"))
		defer d.close()
		c := chart{}
		for _, s := range c.opening() {
			c.learn(d.do(s))
		}
		rt.Repeat(map[string]func(*rapid.T){"step": func(rt *rapid.T) { c.learn(d.do(c.step(rt))) }})
		d.compare((*place).inventory)
	})
	zktest.Need(t)
}

// duel is one sequence on all services, done step by step.
type duel struct {
	tb     rapid.TB
	places []*place
	steps  []step
}

func newDuel(tb rapid.TB, legs []*leg, root string, chroot bool) *duel {
	d := &duel{tb: tb}
	for _, l := range legs {
		p, err := newPlace(tb, l, root, chroot)
		d.places = append(d.places, p)
		if err != nil {
			d.close()
			tb.Fatalf("%s: %v", l.name, err)
		}
	}
	return d
}

func (d *duel) close() {
	for _, p := range d.places {
		if err := p.close(); err != nil {
			d.tb.Errorf("%s: the sessions have not been closed well: %v", p.leg.name, err)
		}
	}
}

func (d *duel) do(s step) answer {
	number := len(d.steps)
	d.steps = append(d.steps, s)
	return d.compare(func(p *place) answer { return p.act(number, s) })
}

// differ is always the same: only failures that say the same are taken for the same when a sequence is shrunk.
const differ = "the services differ in the last of these steps, or in what is left after them"

// compare holds the answers to one step against each other, and returns the one.
func (d *duel) compare(act func(*place) answer) answer {
	d.tb.Helper()
	answers := make([]answer, len(d.places))
	for i, p := range d.places {
		answers[i] = act(p)
	}
	right := answers[len(answers)-1]
	for _, a := range answers {
		if !cmp.Equal(a, right, cmpopts.EquateEmpty()) {
			d.tb.Logf("\n%s%s", transcript(d.steps), d.sideBySide(answers))
			d.tb.Fatal(differ)
		}
	}
	return right
}

func (d *duel) sideBySide(answers []answer) string {
	var b strings.Builder
	last := len(answers) - 1
	for i, p := range d.places {
		fmt.Fprintf(&b, "     %-10s  %s\n", p.leg.name, answers[i])
	}
	for i, p := range d.places[:last] {
		if diff := cmp.Diff(answers[last], answers[i], cmpopts.EquateEmpty()); diff != "" {
			fmt.Fprintf(&b, "(- %s, + %s)\n%s", d.places[last].leg.name, p.leg.name, diff)
		}
	}
	return b.String()
}

// inventory is all that the sequence has left behind, for what no answer has shown.
func (p *place) inventory() (a answer) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for paths := []string{p.root}; len(paths) > 0; paths = paths[1:] {
		r, names := p.look(ctx, paths[0])
		a.Results = append(a.Results, r)
		for _, name := range names {
			paths = append(paths, coord.JoinPath(paths[0], name))
		}
	}
	return a
}

// look describes a node, and names its children.
func (p *place) look(ctx context.Context, path string) (result, []string) {
	stat, _, err := p.leg.steward.Exists(ctx, path, false)
	if err != nil {
		return result{Path: fmt.Sprint(path, ": ", p.class(err))}, nil
	}
	data, _, _, err := p.leg.steward.Get(ctx, path, false)
	names, _, _, listErr := p.leg.steward.Children(ctx, path, false)
	slices.Sort(names)
	return result{Path: fmt.Sprint(path, ": ", dataIn(data), ", ", p.class(err), ", ", p.class(listErr)), Stat: p.stat(stat)}, names
}

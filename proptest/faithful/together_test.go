package faithful

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/internal/zktest"
)

// Clients that work at the same time get, each on its own ground, the answers that they would get alone; and what they do to a common
// node adds up to the same on every service, whatever the order.
func TestConcurrentClientsMeetTheSameOnFakesAndZooKeeper(t *testing.T) {
	legs := newLegs(t)
	draw := rapid.Custom(func(t *rapid.T) (scripts [numClients][]step) {
		for i := range scripts {
			scripts[i] = rapid.SliceOfN(rapid.Custom(ownStep), 10, 20).Draw(t, "script")
		}
		return scripts
	})
	const runs = 30 // each of other scripts, the same every time: what differs is the order in which the clients come
	for run := range runs {
		scripts := draw.Example(run)
		d := newDuel(t, legs, fmt.Sprintf("/together%d", run), run%2 == 0)
		accounts := make([]account, len(d.places))
		for i, p := range d.places {
			accounts[i] = p.together(scripts)
		}
		d.close()
		d.agree(scripts, accounts)
	}
	zktest.Need(t)
}

// account is what is determined of a run of concurrent clients.
type account struct {
	Answers [numClients][]answer
	Common  []string
}

func (d *duel) agree(scripts [numClients][]step, accounts []account) {
	last := len(accounts) - 1
	for i, a := range accounts[:last] {
		if diff := cmp.Diff(accounts[last], a, cmpopts.EquateEmpty()); diff != "" {
			for c, script := range scripts {
				d.tb.Logf("client %d\n%s", c, transcript(script))
			}
			d.tb.Logf("(- %s, + %s)\n%s", d.places[last].leg.name, d.places[i].leg.name, diff)
			d.tb.Fatal("the services differ")
		}
	}
}

// ownStep draws a call of client 0, on its own ground.
func ownStep(t *rapid.T) step {
	c := chart{}
	s := c.step(t)
	for !s.isCall() {
		s = c.step(t)
	}
	s.client = 0
	return s
}

func (s step) isCall() bool {
	_, is := s.arguments()
	return is
}

// rounds is how often each client adds to what is common.
const rounds = 5

// together runs a script for each client, all at the same time, with work on a common node between the steps.
func (p *place) together(scripts [numClients][]step) (a account) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	common := p.inside("/common", coord.Persistent)
	first := p.clients[0].session
	_, err := first.Create(ctx, common, nil, coord.Persistent)
	_, _, watch, watchErr := first.Children(ctx, common, true)
	if err := errors.Join(err, watchErr); err != nil {
		return account{Common: []string{p.errorIn(err)}}
	}
	var all sync.WaitGroup
	var errs [numClients]error
	for i, c := range p.clients {
		all.Go(func() { a.Answers[i], errs[i] = p.alone(ctx, c, common, scripts[i]) })
	}
	all.Wait()
	event, fired := watch.Event()
	names, stat, _, err := first.Children(ctx, common, false)
	slices.Sort(names)
	a.Common = []string{
		p.errorIn(errors.Join(append(errs[:], err)...)),
		fmt.Sprint(event.Type, " ", p.outside(event.Path), " ", fired),
		fmt.Sprint(names, stat.Version, stat.Cversion, stat.NumChildren, stat.DataLength),
	}
	return a
}

// alone is one client's work: its script, below a node of its own, and its share of the common work.
func (p *place) alone(ctx context.Context, c *client, common string, script []step) (answers []answer, err error) {
	own := p.ground(c)
	if _, err = c.session.Create(ctx, own.root, nil, coord.Persistent); err != nil {
		return nil, err
	}
	for n, s := range script {
		if n < rounds {
			if err := add(ctx, c, common); err != nil {
				return nil, err
			}
		}
		answers = append(answers, own.act(n, s))
	}
	return own.ranked(answers), nil
}

// ground is the part of the place that one client has for itself.
func (p *place) ground(c *client) *place {
	own := *p
	own.clients, own.base = []*client{c}, 0
	own.root = p.inside("/"+c.name, coord.Persistent)
	own.chroot = false
	return &own
}

// add makes one child of the common node, and sets its data once more than before.
func add(ctx context.Context, c *client, common string) error {
	path, err := c.session.Create(ctx, common+"/n-", nil, coord.PersistentSequential)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(path, common+"/n-") {
		return fmt.Errorf("%s made %s", c.name, path)
	}
	for {
		data, stat, _, err := c.session.Get(ctx, common, false)
		if err != nil {
			return err
		}
		_, err = c.session.Set(ctx, common, append(data, c.name[1]), stat.Version)
		if !errors.Is(err, coord.ErrBadVersion) {
			return err
		}
	}
}

// ranked puts in the place of zxids their order: which numbers one client gets depends on the others.
func (p *place) ranked(answers []answer) []answer {
	var all []*int64
	for i := range answers {
		stats := []*stat{answers[i].Stat}
		for _, r := range answers[i].Results {
			stats = append(stats, r.Stat)
		}
		for _, s := range stats {
			if s != nil {
				all = append(all, &s.Czxid, &s.Mzxid, &s.Pzxid)
			}
		}
	}
	var numbers []int64
	for _, z := range all {
		numbers = append(numbers, *z)
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	for _, z := range all {
		rank, _ := slices.BinarySearch(numbers, *z)
		*z = int64(rank)
	}
	return answers
}

package faithful

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
)

// place is where one sequence runs on one service: under a node of its own, with sessions of its own.
type place struct {
	leg     *leg
	root    string
	chroot  bool // the clients see the root as "/"
	base    coord.Zxid
	clients []*client
	owners  map[coord.SessionID]string
}

// client is one user of the service, with one session after the other.
type client struct {
	name    string
	link    link
	session coord.Session
	opened  int
	away    bool
	watches []watching
}

// watching is an armed watch that is not yet known to be over.
type watching struct {
	name  string
	watch *coord.Watch
}

// numClients is enough for one to act, one to watch, and one to be away.
const numClients = 3

// newPlace makes the node and the clients.
func newPlace(tb rapid.TB, l *leg, root string, chroot bool) (*place, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := &place{leg: l, root: root, chroot: chroot && l.chroots, owners: map[coord.SessionID]string{}}
	if _, err := l.steward.Create(ctx, root, nil, coord.Persistent); err != nil {
		return p, err
	}
	stat, _, err := l.steward.Exists(ctx, root, false)
	if err != nil {
		return p, err
	}
	p.base = stat.Czxid
	for i := range numClients {
		inside := ""
		if p.chroot {
			inside = root
		}
		c := &client{name: fmt.Sprintf("c%d", i), link: l.connect(tb, inside)}
		p.clients = append(p.clients, c)
		if err := p.open(ctx, c); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *place) open(ctx context.Context, c *client) (err error) {
	if c.session, err = c.link.Open(ctx); err == nil {
		c.opened++
		p.owners[c.session.ID()] = fmt.Sprintf("%s's session %d", c.name, c.opened)
	}
	return err
}

// close ends what is left of the sessions, one after the other, and returns the errors.
func (p *place) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var errs []error
	for _, c := range p.clients {
		if c.away {
			c.link.restore()
		}
		if c.session != nil {
			errs = append(errs, c.session.Close(ctx))
		}
		c.link.close()
	}
	return errors.Join(errs...)
}

// inside is the path to use on this service for one of a step. What is no path stays so.
func (p *place) inside(path string, mode coord.CreateMode) string {
	switch {
	case p.chroot || !strings.HasPrefix(path, "/"):
		return path
	case path == "/" && !mode.IsSequential():
		return p.root
	}
	return p.root + path
}

// outside undoes inside.
func (p *place) outside(path string) string {
	switch {
	case p.chroot:
		return path
	case path == p.root:
		return "/"
	}
	return strings.TrimPrefix(path, p.root)
}

// over takes out the watches that are over, and describes how they ended.
func (p *place) over(c *client) []string {
	var events []string
	c.watches = slices.DeleteFunc(c.watches, func(w watching) bool {
		select {
		case <-w.watch.Done():
		default:
			return false
		}
		how := "over without an event"
		if e, fired := w.watch.Event(); fired {
			how = fmt.Sprintf("%v %s", e.Type, p.outside(e.Path))
		}
		events = append(events, fmt.Sprintf("%s %s: %s", c.name, w.name, how))
		return true
	})
	return events
}

// overheard makes one read for each of the other clients, after which what the actor did is known to it, and returns their events.
func (p *place) overheard(ctx context.Context, actor *client) []string {
	var events []string
	for _, c := range p.clients {
		if c == actor || c.away || len(c.watches) == 0 {
			continue
		}
		if _, _, err := c.session.Exists(ctx, p.inside("/", coord.Persistent), false); err != nil && !errors.Is(err, coord.ErrNoNode) {
			events = append(events, fmt.Sprintf("%s cannot read: %s", c.name, p.errorIn(err)))
		}
		events = append(events, p.over(c)...)
	}
	return events
}

// await returns when the client's session is in the state, or with an error if that does not come about.
func await(ctx context.Context, c *client, want coord.State) error {
	for {
		state, changed := c.session.State()
		if state == want {
			return nil
		}
		if state.Final() {
			return fmt.Errorf("%s is %v, not %v", c.name, state, want)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s stays %v: %w", c.name, state, ctx.Err())
		}
	}
}

package linear

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/hamaster/hamaster/coord"
)

// patience bounds everything that should take milliseconds, and an election of a leader some seconds.
const patience = 2 * time.Minute

// service is where a script is played.
type service struct {
	fence   fence
	connect func() link
	kill    func() error // the leader
	wrap    func(coord.Session) coord.Session
}

// link is one client's way to the service.
type link struct {
	coord.Backend
	faults map[fault]func()
	close  func()
}

// play lets the clients carry out their scripts at the same time, and judges what they were told.
func (v *service) play(root string, s script, partition func([]porcupine.Operation) [][]porcupine.Operation) (*recorder, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	g := &game{service: v, root: root, owners: map[coord.SessionID]coord.SessionID{}}
	err := g.gather(ctx, len(s))
	if err == nil {
		err = g.run(ctx, s)
	}
	if err = errors.Join(err, g.disperse(ctx)); err != nil {
		return &g.recorder, err
	}
	return &g.recorder, judge(model(root, len(s), partition), slices.Clone(g.recorder.history))
}

type game struct {
	*service
	recorder recorder
	root     string
	links    []link
	clients  []*client
	owners   map[coord.SessionID]coord.SessionID
}

// gather opens the sessions, and makes the root in one that is over before the first operation.
func (g *game) gather(ctx context.Context, n int) error {
	for i := range n + 1 {
		k := g.connect()
		g.links = append(g.links, k)
		session, err := k.Open(ctx)
		if err != nil {
			return err
		}
		if i == n {
			_, err := session.Create(ctx, g.root, nil, coord.Persistent)
			return errors.Join(err, session.Close(ctx))
		}
		g.owners[session.ID()] = sessionOf(i)
		if g.wrap != nil {
			session = g.wrap(session)
		}
		g.clients = append(g.clients, &client{number: i, session: session, fence: g.fence, owners: g.owners})
	}
	return nil
}

func (g *game) disperse(ctx context.Context) error {
	var errs []error
	for _, c := range g.clients {
		errs = append(errs, c.session.Close(ctx))
	}
	for _, k := range g.links {
		k.close()
	}
	return errors.Join(errs...)
}

func (g *game) run(ctx context.Context, s script) error {
	var all sync.WaitGroup
	errs := make([]error, len(s))
	for i, actions := range s {
		all.Go(func() {
			for _, a := range actions {
				if errs[i] = g.act(ctx, g.clients[i], a); errs[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (g *game) act(ctx context.Context, c *client, a action) error {
	switch {
	case a.fault == killLeader:
		return g.kill()
	case a.fault == overtake:
		g.links[a.peer].faults[fast]()
		g.clients[a.peer].session.Reconnect()
		return nil
	case a.fault != "":
		g.links[a.peer].faults[a.fault]()
		return nil
	}
	in := input{client: c.number, leave: a.leave}
	if a.read != "" {
		in.read = g.below(a.read)
	}
	for _, op := range a.ops {
		op.Path = g.below(op.Path)
		in.ops = append(in.ops, op)
	}
	out := g.recorder.do(in, func() output {
		if in.read != "" {
			return c.read(ctx, g.root, in.read)
		}
		return c.write(ctx, in)
	})
	if out.unknown && !a.leave {
		return c.await(ctx)
	}
	return nil
}

func (g *game) below(path string) string { return strings.TrimSuffix(g.root+path, "/") }

// await returns when the session is connected again. None expires here: that would be an operation of nobody.
func (c *client) await(ctx context.Context) error {
	for {
		state, changed := c.session.State()
		switch {
		case state == coord.Connected:
			return nil
		case state.Final():
			return fmt.Errorf("client %d: the session is %v", c.number, state)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("client %d stays %v: %w", c.number, state, ctx.Err())
		}
	}
}

package faithful

import (
	"context"
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// act does a step, and returns all that came of it. The number tells watches apart.
func (p *place) act(number int, s step) answer {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := p.clients[s.client]
	var a answer
	switch s.kind {
	case reopen:
		a = p.reopen(ctx, c)
	case reconnect:
		a = p.reconnect(ctx, c)
	case leave:
		a = p.leave(ctx, c)
	case back:
		a = p.back(ctx, c)
	default:
		a = p.call(ctx, c, number, s)
		state, _ := c.session.State()
		a.Session = state.String()
	}
	a.Events = append(a.Events, p.over(c)...)
	a.Others = p.overheard(ctx, c)
	return a
}

// call makes one of the contract's calls.
func (p *place) call(ctx context.Context, c *client, number int, s step) (a answer) {
	if s.late {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel()
	}
	session, op := c.session, p.op(s.op)
	var st coord.Stat
	var watch *coord.Watch
	var err error
	withStat := func() {
		if a.Armed = watch != nil; a.Armed {
			c.watches = append(c.watches, watching{fmt.Sprintf("watch %d", number), watch})
		}
		if err == nil {
			a.Stat = p.stat(st)
		}
	}
	switch s.kind {
	case create:
		a.Path, err = session.Create(ctx, op.Path, op.Data, op.Mode, op.ACL...)
		a.Path = p.outside(a.Path)
	case set:
		st, err = session.Set(ctx, op.Path, op.Data, op.Version)
		withStat()
	case remove:
		err = session.Delete(ctx, op.Path, op.Version)
	case get:
		var b []byte
		if b, st, watch, err = session.Get(ctx, op.Path, s.watch); err == nil {
			a.Data = dataIn(b)
		}
		withStat()
	case exists:
		st, watch, err = session.Exists(ctx, op.Path, s.watch)
		withStat()
	case children:
		a.Names, st, watch, err = session.Children(ctx, op.Path, s.watch)
		slices.Sort(a.Names)
		withStat()
	case multi:
		a.Results, err = p.multi(ctx, session, s.ops)
	case barrier:
		err = session.Sync(ctx, op.Path)
	}
	a.Error = p.errorIn(err)
	return a
}

func (p *place) op(op coord.Op) coord.Op {
	op.Path = p.inside(op.Path, op.Mode)
	return op
}

func (p *place) multi(ctx context.Context, session coord.Session, ops []coord.Op) (list []result, err error) {
	own := make([]coord.Op, len(ops))
	for i, op := range ops {
		own[i] = p.op(op)
	}
	results, err := session.Multi(ctx, own...)
	for _, r := range results {
		out := result{Path: p.outside(r.Path)}
		if r.Stat != (coord.Stat{}) {
			out.Stat = p.stat(r.Stat)
		}
		list = append(list, out)
	}
	return list, err
}

// reopen ends a session, and with it its nodes and watches.
func (p *place) reopen(ctx context.Context, c *client) (a answer) {
	if c.away {
		p.back(ctx, c)
	}
	a.Error = p.errorIn(c.session.Close(ctx))
	a.Events = p.over(c)
	for _, w := range c.watches {
		a.Events = append(a.Events, fmt.Sprintf("%s %s is not over after its session", c.name, w.name))
	}
	c.watches = nil
	if err := p.open(ctx, c); err != nil {
		a.Session = p.errorIn(err)
		return a
	}
	a.Session = fmt.Sprint("timeout ", c.session.Timeout())
	return a
}

func (p *place) reconnect(ctx context.Context, c *client) answer {
	_, changed := c.session.State()
	c.session.Reconnect()
	if c.away {
		return answer{Session: "away"}
	}
	select {
	case <-changed:
	case <-ctx.Done():
		return answer{Session: "unmoved"}
	}
	return reached(await(ctx, c, coord.Connected))
}

func (p *place) leave(ctx context.Context, c *client) answer {
	if c.away {
		return answer{Session: "away"}
	}
	c.away = true
	c.link.interrupt()
	return reached(await(ctx, c, coord.Suspended))
}

func (p *place) back(ctx context.Context, c *client) answer {
	if !c.away {
		return answer{Session: "never away"}
	}
	c.away = false
	c.link.restore()
	return reached(await(ctx, c, coord.Connected))
}

func reached(err error) answer {
	if err != nil {
		return answer{Session: err.Error()}
	}
	return answer{Session: "as awaited"}
}

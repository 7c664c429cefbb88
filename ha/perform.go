package ha

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

func (l *loop) perform(e *election.Effect) {
	switch e.Kind {
	case election.DoCall:
		call, session := e.Call, l.session
		l.workers.Go(func() { l.call(session, &call) })
	case election.OpenSession:
		first := !l.opened
		l.workers.Go(func() { l.open(first) })
	case election.Reconnect:
		// Not here: with TLS, closing a connection that is dead may take seconds, and the lease is running out.
		l.workers.Go(l.session.Reconnect)
	case election.StartRole:
		l.startRole(e.Term)
	case election.StopRole:
		l.term.end(e.Reason)
		if e.Reason != election.RoleEnded && e.Reason != election.RoleFailed {
			l.announce(Event{Kind: RoleStopping, Token: e.Term.Token, Reason: e.Reason})
			term, late := l.term, Event{Kind: RoleLate, Token: e.Term.Token, Reason: e.Reason}
			l.workers.Go(func() { l.remind(term, late) })
		}
	case election.Overran:
		l.overran(e.Term)
	case election.Tell:
		l.tell(&e.Notice)
	case election.Finished:
		over := *e
		l.over = &over
	default:
		panic(fmt.Sprintf("ha: unknown effect %d", e.Kind))
	}
}

// call makes one call and brings its reply.
func (l *loop) call(s coord.Session, c *election.Call) {
	m := message{event: election.Event{Kind: election.Reply, Call: c.ID}}
	ev := &m.event
	switch c.Kind {
	case election.CallCreate:
		ev.Path, ev.Err = s.Create(l.ctx, c.Path, c.Data, c.Mode)
	case election.CallGet:
		ev.Data, ev.Stat, m.watch, ev.Err = s.Get(l.ctx, c.Path, c.Watch)
	case election.CallChildren:
		ev.Names, ev.Stat, m.watch, ev.Err = s.Children(l.ctx, c.Path, c.Watch)
	case election.CallSet:
		ev.Stat, ev.Err = s.Set(l.ctx, c.Path, c.Data, c.Version)
	case election.CallDelete:
		ev.Err = s.Delete(l.ctx, c.Path, c.Version)
	case election.CallMulti:
		var results []coord.Result
		if results, ev.Err = s.Multi(l.ctx, c.Ops...); ev.Err == nil {
			ev.Stat = results[len(results)-1].Stat
		}
	default:
		panic(fmt.Sprintf("ha: unknown call %d", c.Kind))
	}
	l.post(m)
}

// open brings a session. A first one that cannot be had within the configured time, or never, ends the candidate.
func (l *loop) open(first bool) {
	ctx, cancel := l.ctx, context.CancelFunc(func() {})
	if within := l.cfg.openWithin(); first && within > 0 {
		ctx, cancel = context.WithTimeout(ctx, within)
	}
	defer cancel()
	const shortest, longest = 50 * time.Millisecond, 2 * time.Second
	for pause := shortest; ; pause = min(2*pause, longest) {
		s, err := l.living(ctx)
		if err == nil {
			l.bring(s)
			return
		}
		if first && (ctx.Err() != nil || permanent(err)) {
			l.post(message{err: fmt.Errorf("election %s, candidate %s: %w", l.cfg.Path, l.cfg.ID, err)})
			return
		}
		l.cfg.Logger.Warn("no session yet", "id", l.cfg.ID, "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if !first {
				return
			}
		}
	}
}

// living returns a session that is not over. One that is would be asked for again at once, and so on.
func (l *loop) living(ctx context.Context) (coord.Session, error) {
	s, err := l.sessions.Session(ctx)
	if err != nil {
		return nil, err
	}
	state, _ := s.State()
	if !state.Final() {
		return s, nil
	}
	_ = l.sessions.Release(ctx, s) // what is over cannot be released badly
	return nil, &coord.Error{Op: "open", Err: fmt.Errorf("session %v is %v: %w", s.ID(), state, coord.ErrClosed)}
}

func (l *loop) bring(s coord.Session) {
	brought := l.post(message{session: s, event: election.Event{
		Kind: election.Opened, Session: s.ID(), Timeout: s.Timeout(), RenewEvery: s.RenewEvery(), Alive: s.AliveUntil(),
	}})
	if !brought {
		l.discard(s)
	}
}

// await brings the event of a watch, if the machine still wants it.
func (l *loop) await(id election.CallID, w *coord.Watch) {
	if w == nil || l.session == nil || !l.machine.Watching(id) {
		return
	}
	forget := make(chan struct{})
	l.watches[id] = forget
	l.workers.Go(func() {
		select {
		case <-w.Done():
			if e, fired := w.Event(); fired {
				l.post(message{event: election.Event{Kind: election.WatchFired, Call: id, Change: e.Type}})
			}
		case <-forget:
		case <-l.quit:
		}
	})
}

// forget lets go of watches that the machine does not want any more.
func (l *loop) forget() {
	for id, forget := range l.watches {
		if !l.machine.Watching(id) {
			close(forget)
			delete(l.watches, id)
		}
	}
}

func (l *loop) startRole(t election.Term) {
	term := newTerm(l.values, t, l.cfg.Path, l.session, l.cfg.grace(l.session.Timeout()))
	l.term = term
	l.announce(Event{Kind: RoleStarted, Token: t.Token, Leader: l.cfg.ID})
	l.workers.Go(func() {
		err := errGoexit
		defer func() { l.post(message{event: election.Event{Kind: election.RoleReturned, Err: err}}) }()
		defer term.conclude()
		err = l.role(term.ctx, term)
	})
}

// errGoexit is what a role failed with that did not return: its goroutine was ended (runtime.Goexit, testing.T.FailNow), or is
// about to end the process by a panic.
var errGoexit = errors.New("the role's goroutine has ended")

// remind says so when a role takes longer to stop than it should. While the lease is renewed meanwhile nobody else can be master,
// and nothing else would tell why this candidate does not leave.
func (l *loop) remind(term *Term, late Event) {
	timer := time.NewTimer(term.grace)
	defer timer.Stop()
	select {
	case <-timer.C:
		l.announce(late)
	case <-term.returned:
	}
}

func (l *loop) overran(t election.Term) {
	e := l.announce(Event{Kind: RoleOverran, Token: t.Token})
	if hook := l.cfg.OnOverrun; hook != nil {
		l.workers.Go(func() { hook(e) })
	}
}

var eventKinds = map[election.NoticeKind]EventKind{
	election.NowCandidate: BecameCandidate,
	election.NowStandby:   BecameStandby,
	election.NowMaster:    Elected,
	election.TermEnded:    TermEnded,
	election.NowSuspended: Suspended,
	election.NowResumed:   Resumed,
	election.SessionGone:  Expired,
	election.SkippedChild: SkippedChild,
}

func (l *loop) tell(n *election.Notice) {
	kind := eventKinds[n.Kind]
	if kind == TermEnded && l.term != nil && l.term.Token() == n.Term.Token {
		kind = RoleStopped
	}
	l.announce(Event{Kind: kind, Node: n.Node, Leader: n.Leader, Token: n.Term.Token, Reason: n.Reason, Err: n.Err})
}

func (l *loop) announce(e Event) Event {
	e.Time, e.ID = time.Now(), l.cfg.ID
	l.heralds.announce(e)
	return e
}

package election

import (
	"errors"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func (w *world) txn(s *session) *ztree.Txn {
	x := &ztree.Txn{Now: int64(w.now) / int64(time.Millisecond)}
	if s != nil {
		x.Session = s.id
	}
	return x
}

// open brings the session that p asked for.
func (w *world) open(p *proc) {
	p.opening = false
	s := &session{id: coord.SessionID(len(w.sessions) + 1), owner: p, linked: true, heard: w.now}
	w.sessions = append(w.sessions, s)
	w.tree.OpenSession(w.txn(nil), s.id, int32(worldTimeout/time.Millisecond))
	p.s = s
	w.step(p, Event{Kind: Opened, Session: s.id, Timeout: worldTimeout, RenewEvery: worldTimeout / 6})
}

// cut breaks the connection. What was on its way may have got through, may yet, or is lost.
func (w *world) cut(s *session) {
	if !s.linked {
		return
	}
	for n := w.choose(len(s.requests)+1, "through before the cut"); n > 0; n-- {
		w.run(s, s.requests[0].call)
		w.lose(s, s.requests[0].call)
		s.requests = s.requests[1:]
	}
	for _, r := range s.requests {
		w.lose(s, r.call)
	}
	s.limbo, s.requests = s.requests, nil
	s.linked = false
	w.post(s, Event{Kind: Suspended})
}

func (w *world) lose(s *session, c Call) {
	w.post(s, Event{Kind: Reply, Call: c.ID, Err: coord.ErrConnectionLoss})
}

func (w *world) post(s *session, ev Event) {
	if s.owner != nil {
		s.owner.inbox = append(s.owner.inbox, ev)
	}
}

// straggle lets some of what is in limbo take effect.
func (w *world) straggle(s *session) {
	for n := w.choose(len(s.limbo)+1, "straggles"); n > 0; n-- {
		w.run(s, s.limbo[0].call)
		s.limbo = s.limbo[1:]
	}
}

// heal brings a connection, or the news that the session is over.
func (w *world) heal(s *session) {
	if s.linked || s.owner == nil {
		return
	}
	if s.ended {
		w.post(s, Event{Kind: Expired})
		s.owner = nil
		return
	}
	w.straggle(s)
	s.limbo, s.linked, s.heard = nil, true, w.now
	for _, ev := range s.held {
		w.post(s, ev)
	}
	s.held = nil
	w.post(s, Event{Kind: Resumed, Timeout: worldTimeout, RenewEvery: worldTimeout / 6})
}

// expireSilent ends the sessions that the service has not heard of for too long.
func (w *world) expireSilent() {
	for _, s := range w.sessions {
		if !s.linked && !s.ended && w.now >= s.heard.Add(worldTimeout) {
			w.end(s)
		}
	}
}

func (w *world) end(s *session) {
	x := w.txn(nil)
	w.logf("%v session %d is over", w.now, s.id)
	s.ended, s.limbo, s.held = true, nil, nil
	w.removeWatches(func(a armedWatch) bool { return a.s == s })
	if err := w.tree.CloseSession(x, s.id); err != nil {
		w.failf("closing a session: %v", err)
	}
	w.trigger(x.Changes)
}

// serve answers the session's next request. That a write succeeded proves that the session lived when it was sent, or some time
// before: a real service notes signs of life only now and then.
func (w *world) serve(s *session) {
	r := s.requests[0]
	s.requests = s.requests[1:]
	ev := w.run(s, r.call)
	write := r.call.Kind != CallGet && r.call.Kind != CallChildren
	if write && ev.Err == nil {
		lag := worldTimeout / 5 * time.Duration(w.choose(4, "lag of the proof"))
		s.alive = max(s.alive, r.sent.Add(worldTimeout-lag))
	}
	if r.call.Watch && ev.Err == nil {
		w.watches = append(w.watches, armedWatch{s, r.call.ID, r.call.Path, r.call.Kind == CallChildren})
	}
	w.post(s, ev)
}

// run executes a call, and holds what it does to the register against the rules.
func (w *world) run(s *session, c Call) Event {
	before, stat := w.register()
	ev, changes := w.apply(s, c)
	after, now := w.register()
	w.logf("%v session %d: %+v gives %+v", w.now, s.id, c, ev)
	if ev.Err == nil && now.Mzxid != stat.Mzxid && now.Czxid == stat.Czxid {
		w.checkRegister(s, before, after, now)
	}
	w.trigger(changes)
	return ev
}

func (w *world) apply(s *session, c Call) (Event, []ztree.Change) {
	ev := Event{Kind: Reply, Call: c.ID}
	x := w.txn(s)
	switch c.Kind {
	case CallCreate:
		ev.Path, ev.Stat, ev.Err = w.tree.Create(x, c.Path, c.Data, c.Mode, nil)
	case CallGet:
		ev.Data, ev.Stat, ev.Err = w.tree.Get(c.Path, nil)
	case CallChildren:
		ev.Names, ev.Stat, ev.Err = w.tree.Children(nil, c.Path, nil)
	case CallSet:
		ev.Stat, ev.Err = w.tree.Set(x, c.Path, c.Data, c.Version)
	case CallDelete:
		ev.Err = w.tree.Delete(x, c.Path, c.Version)
	case CallMulti:
		results, _, err := w.tree.Multi(x, c.Ops)
		if ev.Err = err; err == nil {
			ev.Stat = results[len(results)-1].Stat
		}
	default:
		w.failf("unknown call %+v", c)
	}
	return ev, x.Changes
}

func (w *world) register() (Register, coord.Stat) {
	data, stat, err := w.tree.Get(worldPath, nil)
	if err != nil {
		return Register{}, stat
	}
	reg, err := ParseRegister(data)
	if err != nil {
		w.failf("the register is broken: %v", err)
	}
	return reg, stat
}

// checkRegister is S4: the holder changes only from one that is gone or has released; and only the holder releases.
func (w *world) checkRegister(s *session, before, after Register, now coord.Stat) {
	owner := func(node string) coord.SessionID {
		stat, err := w.tree.Exists(coord.JoinPath(worldPath, node))
		if err != nil {
			return 0
		}
		return stat.EphemeralOwner
	}
	if before == (Register{}) && after == (Register{Released: true, Policy: after.Policy}) {
		return // somebody who waits has named the policy
	}
	if after.Released {
		if before.Holder == "" || owner(before.Holder) != s.id && !w.wiped {
			w.failf("session %v released what it did not hold: %+v", s.id, before)
		}
		return
	}
	if before.Holder != "" && before.Holder != after.Holder && owner(before.Holder) != 0 {
		w.failf("%+v was taken from its living holder: %+v", before, after)
	}
	if after.Term != before.Term+1 || owner(after.Holder) != s.id && !w.wiped {
		w.failf("session %v made a term that is not its own or not the next: %+v after %+v", s.id, after, before)
	}
	w.claims[now.Mzxid] = claimed{after.Holder, s.id}
}

// trigger fires the watches that the changes end.
func (w *world) trigger(changes []ztree.Change) {
	for _, c := range changes {
		parent, _ := coord.SplitPath(c.Path)
		w.removeWatches(func(a armedWatch) bool {
			change := c.Type
			switch {
			case a.path == c.Path && (!a.child || c.Type == coord.NodeDeleted):
			case a.path == parent && a.child && c.Type != coord.DataChanged:
				change = coord.ChildrenChanged
			default:
				return false
			}
			ev := Event{Kind: WatchFired, Call: a.call, Change: change}
			if a.s.linked {
				w.post(a.s, ev)
			} else {
				a.s.held = append(a.s.held, ev)
			}
			return true
		})
	}
}

// meddle is an administrator's hand: it removes a node, and with it what is under it. Whoever leads is excused.
func (w *world) meddle(path string) {
	w.logf("%v an administrator deletes %s", w.now, path)
	names, _, _ := w.tree.Children(nil, path, nil)
	for _, name := range names {
		w.meddle(coord.JoinPath(path, name))
	}
	x := w.txn(nil)
	if err := w.tree.Delete(x, path, coord.AnyVersion); err != nil && !errors.Is(err, coord.ErrNoNode) {
		w.failf("deleting %s: %v", path, err)
	}
	w.trigger(x.Changes)
	w.excuse()
}

// misname is the hand of somebody who writes into the register that a candidate leads, which does not know of it. A claim meant for an earlier
// path of this name can do that too.
func (w *world) misname(p *proc) {
	node := p.m.Status().Node
	if _, err := w.tree.Exists(coord.JoinPath(worldPath, node)); node == "" || err != nil {
		return
	}
	before, _ := w.register()
	reg := Register{Term: before.Term + 10, Holder: node, ID: p.cfg.ID, Policy: p.cfg.Policy.name()}
	w.logf("%v somebody writes %+v", w.now, reg)
	x := w.txn(nil)
	stat, err := w.tree.Set(x, worldPath, reg.Encode(), coord.AnyVersion)
	if err != nil {
		w.failf("writing the register: %v", err)
	}
	w.misnamed = stat.Mzxid
	w.trigger(x.Changes)
	w.excuse()
}

func (w *world) excuse() {
	for _, p := range w.procs {
		p.excused = p.excused || p.role != roleOff
	}
}

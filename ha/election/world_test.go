package election

import (
	"fmt"
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// A world is a service and some processes, each with one Machine. Nothing in it happens by itself: a test chooses what is next.
type world struct {
	failf  func(format string, args ...any)
	logf   func(format string, args ...any)
	choose func(n int, why string) int // from 0 to n-1

	now      coord.Instant
	tree     *ztree.Tree
	procs    []*proc
	sessions []*session
	watches  []armedWatch
	claims   map[coord.Zxid]claimed // by token
	started  map[coord.Zxid]bool    // tokens whose role has run
	calm     bool                   // no more faults: everything is on time
	twins    bool                   // several candidates have the same id
	misnamed coord.Zxid             // when somebody last wrote a holder into the register who did not claim
	wiped    bool                   // an administrator removed the path: names and versions start over
}

const (
	worldPath    = "/e"
	worldTimeout = time.Second
)

type claimed struct {
	node    string
	session coord.SessionID
}

// proc is a process. Its session may outlive it.
type proc struct {
	name  string
	cfg   *Config
	m     Machine
	s     *session // nil: none
	inbox []Event  // what the process has yet to take in; states stay in order, the rest may overtake
	late  bool     // it misses its deadlines
	tardy bool     // it was late while its role ran

	opening  bool
	term     Term // of the role that runs
	role     roleState
	returnAt coord.Instant // of a role told to stop
	excused  bool          // an administrator took the place from under the role
	finished bool
}

// session is the service's view, and that of the client's connection.
type session struct {
	id     coord.SessionID
	owner  *proc // nil: its process is gone
	linked bool
	ended  bool          // at the service
	heard  coord.Instant // by the service
	alive  coord.Instant // as the client computes it

	requests []request // on their way
	limbo    []request // sent on a connection that is lost: they may yet take effect, until there is another
	held     []Event   // watch events that wait for a connection
}

type request struct {
	call Call
	sent coord.Instant
}

type armedWatch struct {
	s     *session
	call  CallID
	path  string
	child bool
}

func newWorld(failf, logf func(string, ...any), choose func(int, string) int) *world {
	return &world{failf: failf, logf: logf, choose: choose, now: coord.Instant(time.Hour), tree: ztree.New(ztree.Options{}),
		claims: map[coord.Zxid]claimed{}, started: map[coord.Zxid]bool{}}
}

func (w *world) start(cfg *Config) *proc {
	p := &proc{name: fmt.Sprintf("p%d", len(w.procs)), cfg: cfg, m: New(cfg)}
	w.procs = append(w.procs, p)
	w.step(p, Event{Kind: Start})
	return p
}

// step is one step of p's Machine, and its effects.
func (w *world) step(p *proc, ev Event) {
	if p.s != nil {
		ev.Alive = p.s.alive
	}
	before := p.m
	if !w.calm && w.choose(16, "copy") == 0 {
		w.compareCopy(p, ev)
	}
	effects := p.m.Step(w.now, ev, nil)
	w.logf("%v %s takes %+v, asks for %+v", w.now, p.name, ev, effects)
	for _, e := range effects {
		w.perform(p, e)
	}
	if at, ok := p.m.Deadline(); ok && at <= w.now {
		w.failf("%s: a deadline %v ago stands after a step\nevent %+v\nbefore %+v\nafter  %+v", p.name, w.now.Sub(at), ev, before, p.m)
	}
}

// compareCopy: a copy takes the same step in the same way, and leaves the original as it is.
func (w *world) compareCopy(p *proc, ev Event) {
	was := fmt.Sprintf("%+v", p.m)
	one, two := p.m, p.m
	a, b := one.Step(w.now, ev, nil), two.Step(w.now, ev, nil)
	if sa, sb := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b); sa != sb {
		w.failf("%s: two copies differ:\n%s\n%s", p.name, sa, sb)
	}
	if is := fmt.Sprintf("%+v", p.m); is != was {
		w.failf("%s: a step of a copy changed the original:\nwas %s\nis  %s", p.name, was, is)
	}
}

func (w *world) perform(p *proc, e Effect) {
	switch e.Kind {
	case DoCall:
		w.send(p, e.Call)
	case OpenSession:
		if p.s != nil || p.opening {
			w.failf("%s: opens a second session", p.name)
		}
		p.opening = true
	case Reconnect:
		if p.s != nil && p.s.linked {
			w.cut(p.s)
		}
	case StartRole:
		w.startRole(p, e.Term)
	case StopRole:
		if e.Term != p.term {
			w.failf("%s: stops the role of %+v, but that of %+v runs", p.name, e.Term, p.term)
		}
		if p.role == roleOn {
			p.role = roleStopping
			p.returnAt = w.now.Add(p.cfg.grace(worldTimeout) * time.Duration(w.choose(10, "role stops after")) / 10)
		}
	case Overran:
		if !p.tardy && !p.excused && p.role != roleOff {
			w.failf("%s: a role that stops within its grace overran", p.name)
		}
	case Tell:
		if e.Notice.Kind == NowMaster {
			c := w.claims[e.Notice.Term.Token]
			if c.node != e.Notice.Term.Node || p.s == nil || c.session != p.s.id {
				w.failf("%s: believes in a term that it has not claimed: %+v, the service knows %+v", p.name, e.Notice.Term, c)
			}
		}
	case Finished:
		w.finish(p, e)
	}
}

func (w *world) send(p *proc, c Call) {
	switch {
	case p.s == nil:
		w.failf("%s: a call without a session: %+v", p.name, c)
	case p.s.linked:
		p.s.requests = append(p.s.requests, request{c, w.now})
	default:
		p.inbox = append(p.inbox, Event{Kind: Reply, Call: c.ID, Err: coord.ErrConnectionLoss})
	}
}

func (w *world) startRole(p *proc, t Term) {
	if p.role != roleOff {
		w.failf("%s: starts a role beside another", p.name)
	}
	if w.started[t.Token] || t.Token <= p.term.Token {
		w.failf("%s: token %v is not new, the last was %v", p.name, t.Token, p.term.Token)
	}
	if p.cfg.OnSuspend == StopAtOnce && p.m.Status().Suspended {
		w.failf("%s: starts a role while suspended", p.name)
	}
	_, err := w.tree.Exists(coord.JoinPath(worldPath, t.Node))
	p.term, p.role, p.excused, p.tardy = t, roleOn, err != nil || t.Token < w.misnamed, p.late
	w.started[t.Token] = true
	w.checkOneMaster()
}

// checkOneMaster is S1: at most one role runs within its lease.
func (w *world) checkOneMaster() {
	var active []string
	for _, p := range w.procs {
		if p.role != roleOff && !p.excused && p.s != nil && w.now < p.s.alive {
			active = append(active, fmt.Sprintf("%s %+v", p.name, p.term))
		}
	}
	if len(active) > 1 {
		w.failf("two masters: %v", active)
	}
}

func (w *world) finish(p *proc, e Effect) {
	if e.Err != nil {
		w.failf("%s: finished with %v", p.name, e.Err)
	}
	if p.role != roleOff {
		w.failf("%s: finished beside its role", p.name)
	}
	p.finished = true
	if p.s == nil {
		return
	}
	for path := range w.tree.Ephemerals(p.s.id) {
		if e.Clean {
			w.failf("%s: left %s behind and says it is clean", p.name, path)
		}
	}
	w.orphan(p)
}

// orphan cuts a process off its session for good.
func (w *world) orphan(p *proc) {
	w.cut(p.s)
	p.s.owner = nil
	p.s, p.inbox, p.role = nil, nil, roleOff
}

// wants is the process that should be master, if the policy insists on one.
func (w *world) wants() *proc {
	var best *proc
	for _, p := range w.procs {
		if p.finished || p.m.Status().Node == "" {
			continue
		}
		if best == nil || w.ranks(p, best) {
			best = p
		}
	}
	return best
}

func (w *world) ranks(a, b *proc) bool {
	policy := &a.cfg.Policy
	ca, _ := ParseNode(a.m.Status().Node, policy.Weighted)
	cb, _ := ParseNode(b.m.Status().Node, policy.Weighted)
	return policy.Ranks(ca, cb)
}

func (w *world) removeWatches(drop func(armedWatch) bool) {
	w.watches = slices.DeleteFunc(w.watches, drop)
}

package coordtest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

const (
	toyTimeout = 2 * time.Second
	// Every call takes this long in each direction, so that it can be given up on its way.
	toyLatency = 100 * time.Microsecond
)

// toy is a service that is written for being obvious: a list of trees, each the one before with one transaction more, and
// sessions that stand somewhere in that list. Only the suite's own tests use it, most of them with a bug planted.
type toy struct {
	bug    bug
	lag    time.Duration // how long a session that does not write stays behind
	mu     sync.Mutex
	trees  []tree
	news   [][]coord.Event // what the transaction that made the tree of the same index tells watches
	lastID coord.SessionID
	all    []*toySession
}

func newToy(b bug, lag time.Duration) *toy {
	return &toy{bug: b, lag: lag, trees: []tree{newTree()}, news: [][]coord.Event{nil}}
}

func (t *toy) is(b bug) bool { return t.bug == b }

// service gives the toy to the suite.
func (t *toy) service() Service {
	return Service{NewClient: func(testing.TB) Client {
		l := &toyLink{toy: t}
		return Client{
			Backend: l, Cut: l.cutOff, Heal: l.heal, Reset: l.reset,
			LoseNextRequest: l.loseRequest, LoseNextReply: l.loseReply, Expire: t.expire,
		}
	}}
}

// commit makes a new tree by a transaction, or refuses it. The caller holds the lock.
func (t *toy) commit(by *toySession, ops ...coord.Op) ([]coord.Result, int, error) {
	last := t.trees[len(t.trees)-1]
	x := &transaction{toy: t, by: by, tree: last.clone(), before: last}
	x.tree.zxid++
	results, index, err := x.run(ops)
	if err != nil && !t.is(refusedMultiIsKept) {
		x.tree = last.clone()
		x.tree.zxid = last.zxid + 1
		if !t.is(refusedWakes) {
			x.events = nil
		}
		if t.is(refusedCreatesCount) {
			x.countRefused(ops)
		}
	}
	t.append(x.tree, x.events)
	return results, index, err
}

// append puts a tree at the end of the list and brings those up to date that see it at once.
func (t *toy) append(next tree, events []coord.Event) {
	t.trees, t.news = append(t.trees, next), append(t.news, events)
	for _, s := range t.all {
		if t.lag == 0 {
			s.advance()
		} else {
			time.AfterFunc(t.lag, s.lockedAdvance)
		}
	}
}

// end ends a session at the service, under one zxid. The caller holds the lock.
func (t *toy) end(s *toySession) {
	if s.gone {
		return
	}
	s.gone = true
	if t.is(ephemeralsOutliveExpiry) && !s.closing {
		return
	}
	x := &transaction{toy: t, by: s, tree: t.trees[len(t.trees)-1].clone()}
	x.tree.zxid++
	for _, path := range x.tree.paths() {
		owner := x.tree.nodes[path].stat.EphemeralOwner
		doomed := owner == s.id ||
			t.is(closeRemovesAllEphemerals) && owner != 0 ||
			t.is(closeRemovesByPath) && owner != 0 && slices.Contains(s.owned, path)
		if doomed {
			_ = x.remove(path)
		}
	}
	if t.is(endIsSilent) {
		x.events = nil
	}
	t.append(x.tree, x.events)
}

func (t *toy) expire(id coord.SessionID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.all {
		if s.id == id {
			t.end(s)
		}
	}
}

// toyLink is one client's way to the toy.
type toyLink struct {
	toy              *toy
	cut              Direction
	loseReq, loseRep bool
	sessions         []*toySession
	heldBack         []func() // requests that a bug delivers late
}

func (l *toyLink) cutOff(d Direction) {
	l.toy.mu.Lock()
	defer l.toy.mu.Unlock()
	l.cut |= d
}

func (l *toyLink) heal() {
	l.toy.mu.Lock()
	defer l.toy.mu.Unlock()
	l.cut = 0
	for _, late := range l.heldBack {
		time.AfterFunc(toyTimeout/20, late)
	}
	l.heldBack = nil
}

func (l *toyLink) loseRequest() {
	l.toy.mu.Lock()
	defer l.toy.mu.Unlock()
	l.loseReq = true
}

func (l *toyLink) loseReply() {
	l.toy.mu.Lock()
	defer l.toy.mu.Unlock()
	l.loseRep = true
}

func (l *toyLink) reset() {
	l.toy.mu.Lock()
	defer l.toy.mu.Unlock()
	for _, s := range l.sessions {
		s.disconnect()
	}
}

// toyNow is the clock of AliveUntil.
func toyNow() coord.Instant { return clock.Now() }

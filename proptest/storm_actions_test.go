package proptest

import (
	"context"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha/election"
)

// actions draws what may happen in this storm at all: the rarer troubles would otherwise leave no room for what only shows when the
// others are quiet.
func (w *storm) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"join": w.join, "join again": w.join, "advance": w.advance, "advance more": w.advance, "": w.check,
	}
	troubles := map[string]func(*rapid.T){
		"cut": w.cut, "outlast": w.outlast, "heal": w.heal, "reset": w.reset, "lose": w.lose, "slow": w.slow,
		"down": w.down, "up": w.up, "quit": w.quit, "resign": w.resign, "tire": w.tire, "crash": w.crash,
		"expire": w.expire, "delete node": w.deleteNode, "delete path": w.deletePath, "misname": w.misname,
	}
	for _, name := range slices.Sorted(maps.Keys(troubles)) {
		if rapid.Bool().Draw(w.t, name) {
			all[name] = troubles[name]
		}
	}
	return all
}

func (w *storm) pick(t *rapid.T) *player {
	if len(w.players) == 0 {
		t.Skip("nobody is there")
	}
	if master := w.master(); master != nil && rapid.Bool().Draw(t, "the master") {
		return master
	}
	return w.players[rapid.IntRange(0, len(w.players)-1).Draw(t, "who")]
}

// master is somebody whose role runs, or nil: with whom trouble is the most interesting.
func (w *storm) master() *player {
	for _, p := range w.players {
		if s, _ := p.candidate.Status(); s.RoleOn {
			return p
		}
	}
	return nil
}

func (w *storm) quit(t *rapid.T) { w.pick(t).leave() }

// crash is a process that is gone without a word: nothing of its leaving gets through.
func (w *storm) crash(t *rapid.T) {
	p := w.pick(t)
	p.link.Cut(membackend.Both)
	p.leave()
}

func (w *storm) resign(t *rapid.T) { w.pick(t).candidate.Resign() }

func (w *storm) tire(t *rapid.T) {
	select {
	case w.pick(t).tired <- struct{}{}:
	default:
	}
}

func (w *storm) advance(t *rapid.T) {
	unit := rapid.SampledFrom([]time.Duration{2 * time.Millisecond, 100 * time.Millisecond, time.Second}).Draw(t, "unit")
	time.Sleep(time.Duration(rapid.IntRange(1, 14).Draw(t, "units")) * unit)
}

func (w *storm) cut(t *rapid.T) { w.pick(t).link.Cut(way(t)) }

// outlast cuts somebody off for longer than any lease, while the others go on. Where answers came slowly before, a lease that is
// counted from them is too long.
func (w *storm) outlast(t *rapid.T) {
	link := w.pick(t).link
	if rapid.Bool().Draw(t, "after slow answers") {
		link.Delay(membackend.Replies, 2*time.Second)
		time.Sleep(timeout * 2 / 3)
	}
	link.Cut(way(t))
	time.Sleep(timeout*3/2 + 2*w.tick)
}

func (w *storm) heal(t *rapid.T) { w.pick(t).link.Heal() }

func (w *storm) reset(t *rapid.T) { w.pick(t).link.Reset() }

func (w *storm) lose(t *rapid.T) {
	link := w.pick(t).link
	if rapid.Bool().Draw(t, "reply") {
		link.LoseNextReply()
	} else {
		link.LoseNextRequest()
	}
}

func (w *storm) slow(t *rapid.T) {
	delay := time.Duration(rapid.IntRange(0, 30).Draw(t, "tenths of a second")) * 100 * time.Millisecond
	w.pick(t).link.Delay(way(t), max(delay, w.latency))
}

func way(t *rapid.T) membackend.Direction {
	return rapid.SampledFrom([]membackend.Direction{membackend.Requests, membackend.Replies, membackend.Both}).Draw(t, "way")
}

func (w *storm) down(*rapid.T) { w.service.Down() }

func (w *storm) up(*rapid.T) { w.service.Up() }

// force takes away a node, or its session as well, and pardons what rested on it: before, for others may act before end returns, and
// after, for what came about meanwhile.
func (w *storm) force(node string, owner coord.SessionID, nodeOnly bool, end func()) {
	w.pardon(node, owner, nodeOnly)
	end()
	w.pardon(node, owner, nodeOnly)
}

func (w *storm) pardon(node string, owner coord.SessionID, nodeOnly bool) {
	upTo := w.service.zxid()
	w.ledger.pardon(coord.JoinPath(path, node), upTo)
	w.judge.force(owner, nodeOnly, upTo)
}

func (w *storm) pickNode(t *rapid.T) (string, coord.SessionID) {
	nodes := w.service.nodes()
	if len(nodes) == 0 {
		t.Skip("no node is there")
	}
	var names []string
	for name := range nodes {
		names = append(names, name)
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(t, "node")
	return name, nodes[name]
}

func (w *storm) expire(t *rapid.T) {
	name, session := w.pickNode(t)
	w.force(name, session, false, func() { w.service.Expire(session) })
}

func (w *storm) deleteNode(t *rapid.T) {
	name, session := w.pickNode(t)
	w.force(name, session, true, func() { w.asAdmin(coord.DeleteOp(coord.JoinPath(path, name), coord.AnyVersion)) })
}

func (w *storm) deletePath(t *rapid.T) {
	if w.namesakes {
		t.Skip("names would repeat")
	}
	var ops []coord.Op
	nodes := w.service.nodes()
	for name := range nodes {
		ops = append(ops, coord.DeleteOp(coord.JoinPath(path, name), coord.AnyVersion))
	}
	w.forceAll(nodes, func() { w.asAdmin(append(ops, coord.DeleteOp(path, coord.AnyVersion))...) })
}

// misname writes into the register that a candidate leads who did not claim, as a claim may that was meant for an earlier path of this name.
func (w *storm) misname(t *rapid.T) {
	name, _ := w.pickNode(t)
	data, stat, _, err := w.admin.Get(context.Background(), path, false)
	if err != nil {
		t.Skip("the service is down")
	}
	reg, err := election.ParseRegister(data)
	w.must(err)
	if reg.Policy == "" {
		t.Skip("nobody has written the register yet")
	}
	reg = election.Register{Term: reg.Term + misnamed, Holder: name, ID: "whoever", Policy: reg.Policy}
	w.forceAll(w.service.nodes(), func() { w.asAdmin(coord.SetOp(path, reg.Encode(), stat.Version)) })
}

// misnamed is by how much the number of such a term is off: no candidate may take it for what it has just proposed.
const misnamed = 10

func (w *storm) forceAll(nodes map[string]coord.SessionID, end func()) {
	pardonAll := func() {
		for name, session := range nodes {
			w.pardon(name, session, true)
		}
	}
	pardonAll()
	end()
	pardonAll()
}

// asAdmin makes a transaction, which may fail while the service is down, or because somebody was faster.
func (w *storm) asAdmin(ops ...coord.Op) {
	_, _ = w.admin.Multi(context.Background(), ops...)
}

package simulate

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// striking are the faults that come at some instant; the others are ways in which a world is.
const striking = CutUp | CutDown | Cut | Reset | Slow | Lag | ServerCrash | Isolate | Expire | DeleteNode | DeletePath | Crash | Pause |
	WallJump | Resign | Leave | Herd | Stall

func (w *World) nextFault() time.Duration {
	return w.gap / 8 * time.Duration(1+w.choose.Choose(16, Pace))
}

// length is how long a fault lasts, in relation to the session timeout. None outlasts the time of faults.
func (w *World) length() time.Duration {
	part := [...]int{2, 5, 10, 20, 30, 40, 60, 120}[w.choose.Choose(8, Length)]
	return min(w.timeout*time.Duration(part)/40, max(0, began.Add(w.For).Sub(w.now)))
}

// fault lets a fault happen, or not, and sets when the next may.
func (w *World) fault() {
	if w.calm {
		return
	}
	w.after(w.nextFault(), evFault, 0, 0)
	strikes := w.faults & striking
	k := w.choose.Choose(bits.OnesCount32(uint32(strikes))+1, Which)
	if k == 0 {
		return
	}
	for ; k > 1; k-- {
		strikes &= strikes - 1
	}
	f := strikes & -strikes
	switch {
	case f&(Lag|ServerCrash|Isolate|Stall) != 0:
		w.strikeServer(f, int16(w.choose.Choose(len(w.servers), Target)))
	case f&(DeletePath|WallJump|Herd) != 0:
		w.strikeAll(f)
	default:
		w.strikeNode(f, int16(w.choose.Choose(len(w.nodes), Target)))
	}
}

func (w *World) strikeServer(f Fault, i int16) {
	d := w.length()
	switch f {
	case Lag:
		w.note(faultLane, i, fmt.Sprintf("s%d lags for %v", i, d))
		w.servers[i].lagUntil = w.now.Add(d)
	case ServerCrash:
		w.crashServer(i, d)
	case Isolate:
		limit := w.restLimit()
		if d > limit && w.choose.Choose(2, Mishap) == 0 {
			w.isolate(i, d, false)
		} else if w.now > w.restedAt.Add(w.timeout/2) {
			w.isolate(i, min(d, limit), true)
		}
	case Stall:
		w.isolate(i, d, true)
	}
}

func (w *World) strikeNode(f Fault, i int16) {
	n := &w.nodes[i]
	switch f {
	case CutUp, CutDown, Cut:
		w.cut(n, f, w.length())
	case Reset:
		if c := w.connOf(n.session.conn); c != nil {
			w.note(faultLane, i, fmt.Sprintf("connection of n%d reset", i))
			w.drop(c)
			w.hangUp(c)
		}
	case Slow:
		n.slowUntil = w.now.Add(w.length())
	case Expire:
		w.forceExpiry(n)
	case DeleteNode:
		w.deleteNode(n)
	case Pause:
		w.pause(n, w.length())
	case Crash:
		w.kill(i)
		w.after(w.length(), evRestart, i, 0)
	case Resign:
		w.wish(n, election.Resign)
	case Leave:
		w.wish(n, election.Leave)
		w.after(w.length(), evRestart, i, 0)
	}
}

// wish brings what the application asks for, if a process is there to do it.
func (w *World) wish(n *node, kind election.EventKind) {
	if n.up && !n.done {
		w.post(n, item{event: election.Event{Kind: kind}})
	}
}

func (w *World) strikeAll(f Fault) {
	switch f {
	case WallJump:
		w.wall += time.Duration(w.choose.Choose(9, Length)-4) * time.Hour
	case DeletePath:
		w.note(faultLane, 0, "the election path is deleted")
		w.deletePath()
	case Herd:
		w.note(faultLane, 0, "all leave")
		for i := range w.nodes {
			w.wish(&w.nodes[i], election.Leave)
			w.after(w.timeout/2, evRestart, int16(i), 0)
		}
	}
}

// cut holds up what is on its way between a node and one server, or all.
func (w *World) cut(n *node, f Fault, d time.Duration) {
	only := w.choose.Choose(len(w.servers)+1, Target) - 1
	w.note(faultLane, n.index, fmt.Sprintf("%v of n%d to server %d (-1: all) for %v", f, n.index, only, d))
	until := w.now.Add(d)
	for i := range w.servers {
		if only >= 0 && i != only {
			continue
		}
		if f != CutDown {
			n.links[i].upCut = max(n.links[i].upCut, until)
		}
		if f != CutUp {
			n.links[i].downCut = max(n.links[i].downCut, until)
		}
	}
}

// forceExpiry is an administrator who ends a session.
func (w *World) forceExpiry(n *node) {
	id := n.session.id
	if _, alive := w.tree.Session(id); !alive || w.leader < 0 || !w.quorate() || len(w.stuck) > 0 {
		return
	}
	w.note(faultLane, n.index, fmt.Sprintf("the session of n%d is ended by force", n.index))
	w.forced = true
	w.commit(&relayed{kind: relayEnd, session: id, origin: -1})
	w.forced = false
	w.meddled(n.index)
}

func (w *World) deleteNode(n *node) {
	name := n.machine.Status().Node
	if name == "" || w.leader < 0 || !w.quorate() || len(w.stuck) > 0 {
		return
	}
	owner := w.ownerOf(name)
	if owner == 0 {
		return
	}
	w.note(faultLane, n.index, "an administrator deletes "+name)
	w.delete(coord.JoinPath(path, name))
	if o := w.sessions[owner].node; o >= 0 {
		w.meddled(o)
	}
}

func (w *World) deletePath() {
	if w.leader < 0 || !w.quorate() || len(w.stuck) > 0 {
		return
	}
	names, _, err := w.tree.Children(nil, path, nil)
	if err != nil {
		return
	}
	for _, name := range names {
		w.delete(coord.JoinPath(path, name))
	}
	w.delete(path)
	for i := range w.nodes {
		w.meddled(int16(i))
	}
}

func (w *World) delete(p string) {
	w.commit(&relayed{kind: relayWrite, origin: -1, call: election.Call{Kind: election.CallDelete, Path: p, Version: coord.AnyVersion}})
}

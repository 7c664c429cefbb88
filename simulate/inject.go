package simulate

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// striking are the faults that come at some instant; the others are ways in which a world is.
const striking = CutUp | CutDown | Cut | Reset | Slow | Lag | ServerCrash | Isolate | Expire | DeleteNode | DeletePath | Misname | Crash | Pause |
	WallJump | Resign | Leave | Herd | Stall

// strike is a fault that may come. All that may matter is drawn for each, whatever comes of it: so what is drawn for one stays what
// it is when a schedule loses another.
type strike struct {
	target, part int
	length       time.Duration
	mild         bool
}

// nextFault sets when the next fault may come: somewhere in the gap after this one.
func (w *World) nextFault() {
	w.strikes++
	at := time.Duration(w.strikes)*w.gap + w.gap/16*time.Duration(w.choose.Choose(16, Pace))
	w.at(began.Add(at), evFault, 0, 0)
}

// length is how long a fault lasts, in relation to the session timeout. None outlasts the time of faults.
func (w *World) length(why Reason) time.Duration {
	part := [...]int{2, 5, 10, 20, 30, 40, 60, 120}[w.choose.Choose(8, why)]
	return min(w.timeout*time.Duration(part)/40, max(0, began.Add(w.For).Sub(w.now)))
}

// fault lets a fault happen, or not.
func (w *World) fault() {
	if w.calm {
		return
	}
	w.nextFault()
	kinds := w.faults & striking
	k := w.choose.Choose(bits.OnesCount32(uint32(kinds))+1, Which)
	s := strike{
		target: w.choose.Choose(max(len(w.nodes), len(w.servers)), Target),
		part:   w.choose.Choose(MaxServers+1, Target),
		length: w.length(Length),
		mild:   w.choose.Choose(2, Length) != 0,
	}
	if k == 0 {
		return
	}
	for ; k > 1; k-- {
		kinds &= kinds - 1
	}
	switch f := kinds & -kinds; {
	case f&(Lag|ServerCrash|Isolate|Stall) != 0:
		w.strikeServer(f, int16(s.target%len(w.servers)), &s)
	case f&(DeletePath|WallJump|Herd) != 0:
		w.strikeAll(f, &s)
	default:
		w.strikeNode(f, int16(s.target%len(w.nodes)), &s)
	}
}

func (w *World) strikeServer(f Fault, i int16, s *strike) {
	switch f {
	case Lag:
		w.note(faultLane, i, fmt.Sprintf("s%d lags for %v", i, s.length))
		w.servers[i].lagUntil = w.now.Add(s.length)
	case ServerCrash:
		w.crashServer(i, s.length)
	case Isolate:
		limit := w.restLimit()
		if s.length > limit && !s.mild {
			w.isolate(i, s.length, false)
		} else if !w.has(LatePing) && w.now > w.restedAt.Add(w.timeout/2) {
			w.isolate(i, min(s.length, limit), true)
		}
	case Stall:
		w.isolate(i, s.length, true)
	}
}

func (w *World) strikeNode(f Fault, i int16, s *strike) {
	n := &w.nodes[i]
	switch f {
	case CutUp, CutDown, Cut:
		w.cut(n, f, s)
	case Reset:
		if c := w.connOf(n.session.conn); c != nil {
			w.note(faultLane, i, fmt.Sprintf("connection of n%d is reset", i))
			w.drop(c)
			w.hangUp(c)
		}
	case Slow:
		w.note(faultLane, i, fmt.Sprintf("link of n%d is slow for %v", i, s.length))
		n.slowUntil = w.now.Add(s.length)
	case Expire:
		w.forceExpiry(n)
	case DeleteNode:
		w.deleteNode(n)
	case Misname:
		w.misname(n)
	case Pause:
		w.pause(n, s.length)
	case Crash:
		w.kill(i)
		w.after(s.length, evRestart, i, 0)
	case Resign:
		w.wish(n, election.Resign)
	case Leave:
		w.wish(n, election.Leave)
		w.after(s.length, evRestart, i, 0)
	}
}

// wish brings what the application asks for, if a process is there to do it.
func (w *World) wish(n *node, kind election.EventKind) {
	if n.up && !n.done {
		w.post(n, item{event: election.Event{Kind: kind}})
	}
}

func (w *World) strikeAll(f Fault, s *strike) {
	switch f {
	case WallJump:
		w.wall += time.Duration(s.part-MaxServers/2) * time.Hour
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
func (w *World) cut(n *node, f Fault, s *strike) {
	only := -1
	where := "all servers"
	if !s.mild {
		only = s.part % len(w.servers)
		where = fmt.Sprintf("s%d", only)
	}
	w.note(faultLane, n.index, fmt.Sprintf("%v between n%d and %s for %v", f, n.index, where, s.length))
	until := w.now.Add(s.length)
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

// misname is an administrator who writes the register. A claim that was meant for the path as it was before it was deleted can do that too.
func (w *World) misname(n *node) {
	name := n.machine.Status().Node
	reg, _ := w.register()
	if w.ownerOf(name) == 0 || reg.Policy == "" || w.leader < 0 || !w.quorate() || len(w.stuck) > 0 {
		return
	}
	const far = 10 // from any term that a candidate may propose now, which would take it for its own claim
	reg = election.Register{Term: reg.Term + far, Holder: name, ID: w.cfgs[n.index].ID, Policy: reg.Policy}
	w.note(faultLane, n.index, "an administrator writes that "+name+" leads")
	w.commit(&relayed{kind: relayWrite, origin: -1, call: election.Call{
		Kind: election.CallSet, Path: path, Data: reg.Encode(), Version: coord.AnyVersion,
	}})
	for i := range w.nodes {
		w.meddled(int16(i))
	}
}

func (w *World) delete(p string) {
	w.commit(&relayed{kind: relayWrite, origin: -1, call: election.Call{Kind: election.CallDelete, Path: p, Version: coord.AnyVersion}})
}

package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord/ztree"
)

// What happens to the service's own leader. All that is committed is known to a quorum, so whoever leads next has it. Sessions
// start afresh with a new leader, each with the timeout that it was first granted.

// loseLeader ends the present leader's time. It may not know yet, and neither may those that followed it: until they do they serve
// what they have.
func (w *World) loseLeader(quick bool) {
	old := w.leader
	w.tree.CloneInto(&w.servers[old].tree)
	w.leader = -1
	w.epoch++
	w.stuck = w.stuck[:0]
	latest := w.now
	for i := range w.servers {
		s := &w.servers[i]
		if s.role == looking {
			continue
		}
		s.member = false
		s.life++
		s.toLeader.reset()
		s.fromLeader.reset()
		s.heard, s.told = s.heard[:0], s.told[:0]
		after := w.patience(quick && int16(i) != old)
		w.after(after, evLook, int16(i), s.life)
		if int16(i) != old {
			latest = max(latest, w.now.Add(after))
		}
	}
	w.at(latest.Add(w.tick*time.Duration(1+w.choose.Choose(8, Succession))/2), evElect, 0, w.epoch)
}

// patience is how long a server takes to find that its leader is gone: quickly when the connection breaks.
func (w *World) patience(quick bool) time.Duration {
	whole := w.tick * time.Duration(w.patient)
	if quick {
		whole = w.tick
	}
	return whole * time.Duration(1+w.choose.Choose(4, Succession)) / 4
}

// lookForLeader: a server finds that it has no leader. It serves nobody until it has one.
func (w *World) lookForLeader(i int16, life uint32) {
	s := &w.servers[i]
	if s.life != life || !s.up {
		return
	}
	w.note(serverLane, i, "looks for a leader")
	w.part(i)
	w.after(w.relayDelay(), evJoin, i, s.life)
}

// elect makes one of those that look for a leader the new one, if they are a quorum.
func (w *World) elect(epoch uint32) {
	if epoch != w.epoch || w.leader >= 0 {
		return
	}
	var group []int16
	for i := range w.servers {
		if s := &w.servers[i]; s.up && s.role == looking && w.now >= s.cutUntil {
			group = append(group, int16(i))
		}
	}
	if len(group) <= len(w.servers)/2 {
		w.after(w.tick, evElect, 0, w.epoch)
		return
	}
	w.lead(group[w.choose.Choose(len(group), Succession)])
}

// lead makes a server the leader.
func (w *World) lead(i int16) {
	w.epoch++
	w.leader = i
	s := &w.servers[i]
	s.role, s.member = leading, true
	s.life++
	if w.now > began {
		w.mark(LeaderChanged)
	}
	w.note(serverLane, i, "leads")
	w.tracker = ztree.NewTracker(int64(w.tick))
	for id, timeout := range w.tree.Sessions {
		w.tracker.Add(id, int64(timeout)*int64(time.Millisecond), int64(w.now))
		w.sessions[id].conn = 0
	}
	w.after(w.tick/2, evLeaderPing, 0, w.epoch)
	w.after(w.tick-time.Duration(w.now)%w.tick, evExpiry, 0, w.epoch)
	for k := range w.servers {
		if o := &w.servers[k]; o.up && o.role == looking {
			w.after(w.relayDelay(), evJoin, int16(k), o.life)
		}
	}
}

// join makes a server follow the leader. It takes over all that is committed.
func (w *World) join(i int16, life uint32) {
	s := &w.servers[i]
	if s.life != life || !s.up || s.role != looking || w.leader < 0 {
		return
	}
	if w.now < s.cutUntil {
		w.at(s.cutUntil, evJoin, i, life)
		return
	}
	w.tree.CloneInto(&s.tree)
	s.watches = ztree.Watches{}
	s.applied = w.logBase + len(w.log)
	s.allowed = s.applied
	s.role, s.member = following, true
	s.life++
	w.note(serverLane, i, "follows")
	w.rested()
}

// crashServer takes a server down for a while.
func (w *World) crashServer(i int16, d time.Duration) {
	s := &w.servers[i]
	if !s.up {
		return
	}
	w.note(serverLane, i, "crashes")
	if i == w.leader {
		w.loseLeader(true)
	}
	w.part(i)
	s.up = false
	w.after(d, evServerUp, i, 0)
	w.checkQuorum()
}

func (w *World) serverUp(i int16) {
	s := &w.servers[i]
	s.up = true
	w.note(serverLane, i, "is up")
	if w.leader >= 0 {
		w.join(i, s.life)
		return
	}
	w.after(w.tick, evElect, 0, w.epoch)
}

// isolate cuts a server off from the others. A short cut is only a rest, after which everything goes on.
func (w *World) isolate(i int16, d time.Duration, rest bool) {
	s := &w.servers[i]
	if !s.serves() || !s.member {
		return
	}
	if rest {
		w.note(serverLane, i, "rests for "+d.String())
		s.restUntil = w.now.Add(d)
		w.restedAt = s.restUntil
		w.after(d, evRested, i, 0)
		return
	}
	w.note(serverLane, i, "is cut off for "+d.String())
	s.cutUntil = w.now.Add(d)
	if i == w.leader && len(w.servers) > 1 {
		w.loseLeader(false)
		return
	}
	if i == w.leader {
		return
	}
	s.member = false
	s.life++
	s.toLeader.reset()
	s.fromLeader.reset()
	s.heard, s.told = s.heard[:0], s.told[:0]
	w.after(w.patience(false), evLook, i, s.life)
	w.checkQuorum()
}

// checkQuorum: a leader that has lost its quorum gives up, in time.
func (w *World) checkQuorum() {
	if w.leader < 0 {
		return
	}
	n := 0
	for i := range w.servers {
		if w.servers[i].member {
			n++
		}
	}
	if n <= len(w.servers)/2 {
		w.loseLeader(false)
	}
}

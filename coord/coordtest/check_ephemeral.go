package coordtest

import (
	"github.com/hamaster/hamaster/coord"
)

var ephemeralChecks = []check{
	{"EphemeralsLiveAsLongAsTheirSession", nil, ephemeralsLiveAsLong},
	{"EphemeralsGoWithAnExpiredSession", needs(Expiry), ephemeralsGoWithExpiry},
	{"EphemeralsOfAMuteSessionGo", needs(Cuts), ephemeralsOfAMuteSessionGo},
	{"EphemeralsGoingIsSeenByWatches", nil, ephemeralsGoingIsSeen},
	{"EphemeralsMayBeDeletedByAnybody", nil, ephemeralsMayBeDeleted},
	{"EphemeralMadeAgainBelongsToItsNewSession", nil, ephemeralMadeAgain},
}

func ephemeralsLiveAsLong(e *env) {
	s, other := e.open(), e.open()
	mine := s.create(e.path("mine"), nil, coord.Ephemeral)
	theirs := other.create(e.path("theirs"), nil, coord.Ephemeral)
	czxid := s.stat(mine).Czxid
	other.close()
	e.calm.mustLack(theirs)
	// Longer than the service keeps a silent session: this one has nothing to say, but is not silent.
	e.pause(s.Timeout() * 3 / 2)
	if stat := e.calm.mustHold(mine, nil); stat.EphemeralOwner != s.ID() || stat.Czxid != czxid {
		e.Errorf("an idle session and its nodes must live; %s of %v is now %+v", mine, s.ID(), stat)
	}
}

func ephemeralsGoWithExpiry(e *env) {
	s, other := e.open(), e.open()
	var gone []string
	for _, mode := range []coord.CreateMode{coord.Ephemeral, coord.EphemeralSequential, coord.EphemeralSequential} {
		gone = append(gone, s.create(e.path("mode-"+mode.String()), nil, mode))
	}
	gone = append(gone, s.multi(coord.CreateOp(e.path("multi"), nil, coord.Ephemeral))[0].Path)
	kept := s.create(e.path("kept"), []byte("kept"), coord.Persistent)
	theirs := other.create(e.path("theirs"), []byte("theirs"), coord.Ephemeral)
	s.expire()
	for _, path := range gone {
		e.calm.mustLack(path)
	}
	e.calm.mustHold(kept, []byte("kept"))
	e.calm.mustHold(theirs, []byte("theirs"))
}

func ephemeralsOfAMuteSessionGo(e *env) {
	s := e.open()
	path := s.create(e.path("n"), nil, coord.Ephemeral)
	s.link.Cut(Requests)
	e.until("the service removes the nodes of a session that it does not hear", func() bool { return !e.calm.exists(path) })
	if state, _ := s.State(); state.Final() {
		e.Errorf("a session that is cut off cannot know that it has expired; it is %v", state)
	}
	s.link.Heal()
	s.awaitState(coord.Expired)
}

func ephemeralsGoingIsSeen(e *env) {
	s, watcher := e.open(), e.open()
	path := s.create(e.path("n"), nil, coord.Ephemeral)
	watcher.barrier()
	exists, children := watcher.arm(existsPresent, path), watcher.arm(childrenKind, e.root)
	s.close()
	e.mustFire("the node's session is closed", exists, coord.Event{Type: coord.NodeDeleted, Path: path})
	e.mustFire("a child's session is closed", children, coord.Event{Type: coord.ChildrenChanged, Path: e.root})
}

func ephemeralsMayBeDeleted(e *env) {
	s := e.open()
	path := s.create(e.path("n"), nil, coord.Ephemeral)
	w := s.arm(existsPresent, path)
	e.calm.barrier()
	e.calm.delete(path)
	e.mustFire("another session deletes the node", w, coord.Event{Type: coord.NodeDeleted, Path: path})
	s.mustLack(path)
	s.create(path, nil, coord.Ephemeral)
	if owner := s.stat(path).EphemeralOwner; owner != s.ID() {
		e.Errorf("the session must be able to make its node again; the owner is %v", owner)
	}
}

func ephemeralMadeAgain(e *env) {
	first, second := e.open(), e.open()
	path := first.create(e.path("n"), nil, coord.Ephemeral)
	second.barrier()
	second.delete(path)
	second.create(path, []byte("second"), coord.Ephemeral)
	first.close()
	if stat := e.calm.mustHold(path, []byte("second")); stat.EphemeralOwner != second.ID() {
		e.Errorf("a node must go with its own session, %v, not with an earlier owner's; got %+v", second.ID(), stat)
	}
	second.close()
	e.calm.mustLack(path)
}

package zkserver

import (
	"strings"

	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// arm leaves a watch that a read asks for.
func (x *exchange) arm(r wire.ReadRequest, kind ztree.Kind) {
	if r.Watch {
		x.c.srv.watches.Arm(x.c.id, r.Path, kind)
	}
}

// setWatches arms what a client brings along from its connection before. What has fired since is told before the reply. Persistent
// watches are armed as they are: the client looks for itself at what it has missed.
func setWatches(x *exchange, r wire.SetWatchesRequest) error {
	s := x.c.srv
	s.deliver(s.watches.Rearm(s.notices[:0], s.tree, x.c.id, r.Relative, r.Data, r.Exist, r.Child))
	for _, path := range r.Persistent {
		s.watches.Arm(x.c.id, path, ztree.PersistentWatch)
	}
	for _, path := range r.Recursive {
		s.watches.Arm(x.c.id, path, ztree.RecursiveWatch)
	}
	return nil
}

// addWatch asks for no permission, and not that there be such a node, or could be: what may be told is judged when it happens. The reply's
// body is an error record that says no error.
func addWatch(x *exchange, r wire.WatchRequest) error {
	switch r.Type {
	case 0:
		x.c.srv.watches.Arm(x.c.id, r.Path, ztree.PersistentWatch)
	case 1:
		x.c.srv.watches.Arm(x.c.id, r.Path, ztree.RecursiveWatch)
	default:
		return wire.MarshallingError
	}
	x.reply = wire.AppendInt32(x.reply, int32(wire.OK))
	return nil
}

// watchHalves are the types of watches that one can ask for and take back (Watcher.WatcherType).
var watchHalves = map[int32]ztree.Kind{1: ztree.ChildWatch, 2: ztree.DataWatch, 3: ztree.ChildWatch | ztree.DataWatch}

// checkWatches answers, as a real server does, whether anybody watches the node, not whether the connection does. A path without a slash
// is more than that server can take, and at the empty one it sees nobody.
func checkWatches(x *exchange, r wire.WatchRequest) error {
	halves, ok := watchHalves[r.Type]
	switch {
	case !ok, r.Path != "" && !strings.Contains(r.Path, "/"):
		return wire.MarshallingError
	case r.Path == "" || !x.c.srv.watches.Watched(r.Path, halves):
		return wire.NoWatcher
	}
	return nil
}

// removeWatches tells nobody: the client makes the events of a removal by itself.
func removeWatches(x *exchange, r wire.WatchRequest) error {
	halves, ok := watchHalves[r.Type]
	switch {
	case !ok:
		return wire.MarshallingError
	case !x.c.srv.watches.Remove(x.c.id, r.Path, halves):
		return wire.NoWatcher
	}
	return nil
}

package ztree_test

import (
	"math/rand/v2"
	"testing"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// The same reads and transactions again, the reads with watches: those that fire, and no others, must be the server's.
func TestWatchesFireAsARealServersDo(t *testing.T) {
	d := &watchDuel{duel: duel{
		T: t, addr: startReal(t), rng: rand.New(rand.NewPCG(*realSeed, 1)), tree: ztree.New(ztree.Options{}), paths: []string{"/"},
	}}
	for i := range d.clients {
		d.open(i)
		t.Cleanup(d.clients[i].conn.Close)
	}
	for n := range *realOps {
		if d.rng.IntN(5) < 3 {
			d.arm()
		} else {
			d.write()
		}
		if t.Failed() {
			t.Fatalf("at operation %d; to repeat: go test -run %s -ztree.seed=%d -ztree.ops=%d ./coord/ztree", n, t.Name(), *realSeed, n+1)
		}
	}
}

type watchDuel struct {
	duel
	watches ztree.Watches
	armed   []realWatch
}

// realWatch is a watch that a client of the server has.
type realWatch struct {
	by    int
	kind  ztree.Kind
	path  string
	fires <-chan zk.Event
}

// simplePath draws one that is valid, from few.
func (d *watchDuel) simplePath() string {
	paths := []string{"/", "/a", "/b", "/a/a", "/a/b", "/b/a"}
	return paths[d.rng.IntN(len(paths))]
}

func (d *watchDuel) arm() {
	i, path := d.rng.IntN(len(d.clients)), d.simplePath()
	conn := d.clients[i].conn
	var fires <-chan zk.Event
	var err, ours error
	kind := ztree.DataWatch
	switch d.rng.IntN(3) {
	case 0:
		_, _, fires, err = conn.ExistsW(path)
	case 1:
		_, _, fires, err = conn.GetW(path)
		_, _, ours = d.tree.Get(path, d.clients[i].auth)
	case 2:
		kind = ztree.ChildWatch
		_, _, fires, err = conn.ChildrenW(path)
		_, _, ours = d.tree.Children(nil, path, d.clients[i].auth)
	}
	if !sameError(ours, err) {
		d.Errorf("watching %s: got %v, the server says %v", path, ours, err)
	}
	if err == nil {
		d.watches.Arm(ztree.Watcher(i), path, kind)
		d.armed = append(d.armed, realWatch{i, kind, path, fires})
	}
}

func (d *watchDuel) write() {
	ops := make([]coord.Op, 1+d.rng.IntN(2))
	requests := make([]any, len(ops))
	for i := range ops {
		path := d.simplePath()
		ops[i] = []coord.Op{
			coord.CreateOp(path, nil, coord.CreateMode(d.rng.IntN(2))), coord.CreateOp(path, nil, coord.Persistent, d.guard()...),
			coord.SetOp(path, nil, -1), coord.DeleteOp(path, -1), coord.DeleteOp(path, -1),
		}[d.rng.IntN(5)]
		requests[i] = request(ops[i])
	}
	c := d.clients[d.rng.IntN(len(d.clients))]
	d.x.Session, d.x.Auth = coord.SessionID(c.conn.SessionID()), c.auth
	_, theirs := c.conn.Multi(requests...)
	_, _, ours := d.tree.Multi(&d.x, ops)
	if !sameError(ours, theirs) {
		d.Fatalf("%+v: got %v, the server says %v", ops, ours, theirs)
	}
	for _, c := range d.clients {
		// An event comes before the answer that shows what came after it.
		if _, _, err := c.conn.Exists("/"); err != nil {
			d.Fatal(err)
		}
	}
	d.judge(ops, d.watches.Trigger(nil, d.x.Changes...))
}

// guard draws the ACL of a node that not everybody may read, now and then.
func (d *watchDuel) guard() []coord.ACL {
	if d.rng.IntN(3) > 0 {
		return nil
	}
	return []coord.ACL{{Perms: 31, Scheme: "digest", ID: aliceHash}, {Perms: 30, Scheme: "world", ID: "anyone"}}
}

// judge takes out the server's watches that have fired, each of which must have a notice, and each notice that may reach its watcher a
// watch. A watch whose notice may not is over as well, silently: the client fires it with the next that it sets on that path.
func (d *watchDuel) judge(ops []coord.Op, notices []ztree.Notice) {
	d.Helper()
	answered := make([]bool, len(notices))
	var left []realWatch
	for _, w := range d.armed {
		select {
		case e := <-w.fires:
			if !answer(w, e, d.clients[w.by].auth, notices, answered) {
				d.Errorf("%+v: the server told client %d %v; the notices are %+v", ops, w.by, e, notices)
			}
		default:
			left = append(left, w)
		}
	}
	for i, n := range notices {
		if !answered[i] && n.MayReach(d.clients[n.To].auth) {
			d.Errorf("%+v: the server told nobody of %+v", ops, n)
		}
	}
	d.armed = left
}

// answer finds the first notice that a server's event is about. Watches of one client on one path share it.
func answer(w realWatch, e zk.Event, auth []ztree.Identity, notices []ztree.Notice, answered []bool) bool {
	for i, n := range notices {
		mine := n.To == ztree.Watcher(w.by) && n.MayReach(auth)
		if mine && n.Event.Path == w.path && coord.EventType(e.Type) == n.Event.Type && e.Path == n.Event.Path {
			answered[i] = true
			return true
		}
	}
	return false
}

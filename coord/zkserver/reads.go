package zkserver

import (
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// A watch is armed by the read whose outcome it guards, and only if that can be relied on: exists may say "no such node", the other
// reads must succeed.

func exists(x *exchange, r wire.ReadRequest) error {
	if strings.Contains(r.Path, "\x00") {
		return coord.ErrInvalid
	}
	stat, err := x.c.srv.tree.Exists(r.Path)
	x.reply = wire.AppendStat(x.reply, stat)
	x.arm(r, ztree.DataWatch)
	return err
}

func getData(x *exchange, r wire.ReadRequest) error {
	data, stat, err := x.c.srv.tree.Get(r.Path, x.c.auth)
	if err != nil {
		return err
	}
	x.reply = wire.AppendStat(wire.AppendBuffer(x.reply, data), stat)
	x.arm(r, ztree.DataWatch)
	return nil
}

func getChildren(x *exchange, r wire.ReadRequest) error {
	_, err := x.children(r)
	return err
}

func getChildren2(x *exchange, r wire.ReadRequest) error {
	stat, err := x.children(r)
	x.reply = wire.AppendStat(x.reply, stat)
	return err
}

func (x *exchange) children(r wire.ReadRequest) (coord.Stat, error) {
	s := x.c.srv
	names, stat, err := s.tree.Children(s.names[:0], r.Path, x.c.auth)
	if err != nil {
		return coord.Stat{}, err
	}
	x.reply = wire.AppendStrings(x.reply, names)
	x.arm(r, ztree.ChildWatch)
	clear(names)
	s.names = names[:0]
	return stat, nil
}

func getACL(x *exchange, r wire.PathRequest) error {
	acl, stat, err := x.c.srv.tree.ACL(r.Path, x.c.auth)
	x.reply = wire.AppendStat(wire.AppendACLs(x.reply, acl), stat)
	return err
}

// syncPath has nothing to wait for: there is one server, and it knows everything. The path need not be one.
func syncPath(x *exchange, r wire.PathRequest) error {
	x.reply = wire.AppendString(x.reply, r.Path)
	return nil
}

func (x *exchange) arm(r wire.ReadRequest, kind ztree.Kind) {
	if r.Watch {
		x.c.srv.watches.Arm(x.c.id, r.Path, kind)
	}
}

// setWatches arms what a client brings along from its connection before. What has fired since is told before the reply.
func setWatches(x *exchange, r wire.SetWatchesRequest) error {
	s := x.c.srv
	s.deliver(s.watches.Rearm(s.notices[:0], s.tree, x.c.id, r.Relative, r.Data, r.Exist, r.Child))
	return nil
}

// setWatches2 differs by the kinds of watches that this server does not have, and that no client can have left here.
func setWatches2(x *exchange, r wire.SetWatchesRequest) error {
	if len(r.Persistent)+len(r.Recursive) > 0 {
		x.finish()
		return wire.Unimplemented
	}
	return setWatches(x, r)
}

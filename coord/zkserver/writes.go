package zkserver

import (
	"bytes"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

func create(x *exchange, r wire.CreateRequest) error {
	path, _, err := x.create(wire.OpCreate, r)
	x.reply = wire.AppendString(x.reply, path)
	return err
}

func create2(x *exchange, r wire.CreateRequest) error { return x.createWithStat(wire.OpCreate2, r) }

func createContainer(x *exchange, r wire.CreateRequest) error {
	return x.createWithStat(wire.OpCreateContainer, r)
}

func createTTL(x *exchange, r wire.CreateRequest) error { return x.createWithStat(wire.OpCreateTTL, r) }

func (x *exchange) createWithStat(op wire.Op, r wire.CreateRequest) error {
	path, stat, err := x.create(op, r)
	x.reply = wire.AppendStat(wire.AppendString(x.reply, path), stat)
	return err
}

func (x *exchange) create(op wire.Op, r wire.CreateRequest) (string, coord.Stat, error) {
	s, txn := x.c.srv, x.txn()
	path, stat, err := s.tree.CreateTTL(txn, r.Path, bytes.Clone(r.Data), modeOf(op, r.Flags), sentACL(r.ACL), r.TTL)
	s.tell()
	s.setSweep()
	return path, stat, err
}

// The flags of creates beyond those of the modes (CreateMode.fromFlag).
const (
	flagContainer     = 4
	flagTTL           = 5
	flagTTLSequential = 6
)

// modeOf turns an operation and its flags into a mode, one that the tree refuses if there is none for them. It is the operation that
// makes a container, whatever the flags: in another operation a container's flag means nothing (PrepRequestProcessor).
func modeOf(op wire.Op, flags int32) coord.CreateMode {
	const none = 0xff
	switch {
	case flags < 0 || flags > flagTTLSequential:
		return none
	case op == wire.OpCreateTTL:
		switch flags {
		case flagTTL:
			return ztree.TTL
		case flagTTLSequential:
			return ztree.TTLSequential
		}
		return none // a real server dies of some of these
	case flags >= flagTTL:
		return none // without a time to live
	case op == wire.OpCreateContainer:
		return ztree.Container | coord.CreateMode(flags)&coord.PersistentSequential
	case flags == flagContainer:
		return coord.Persistent
	}
	return coord.CreateMode(flags)
}

// sentACL keeps a client that sends no ACL, which is an error, apart from a caller of the tree who means "open to everybody".
func sentACL(acl []coord.ACL) []coord.ACL {
	if acl == nil {
		return []coord.ACL{}
	}
	return acl
}

func remove(x *exchange, r wire.VersionRequest) error {
	s, txn := x.c.srv, x.txn()
	err := s.tree.Delete(txn, r.Path, r.Version)
	s.tell()
	return err
}

func setData(x *exchange, r wire.SetDataRequest) error {
	s, txn := x.c.srv, x.txn()
	stat, err := s.tree.Set(txn, r.Path, bytes.Clone(r.Data), r.Version)
	s.tell()
	x.reply = wire.AppendStat(x.reply, stat)
	return err
}

// check outside of a transaction is never answered by a real server, which leaves the client waiting; here it gets the bare outcome.
func check(x *exchange, r wire.VersionRequest) error {
	return x.c.srv.tree.Check(x.txn(), r.Path, r.Version)
}

// deleteContainer is what a real server asks of itself. From a client it finds no path where it looks for one, and takes a zxid for it.
func deleteContainer(x *exchange, _ struct{}) error {
	x.c.srv.tree.Skip(x.txn())
	return wire.BadArguments
}

// reconfig is off unless a server is told otherwise, and a single one could not do it. The attempt takes a zxid.
func reconfig(x *exchange, _ struct{}) error {
	x.c.srv.tree.Skip(x.txn())
	return wire.ReconfigDisabled
}

func setACL(x *exchange, r wire.SetACLRequest) error {
	stat, err := x.c.srv.tree.SetACL(x.txn(), r.Path, sentACL(r.ACL), r.Version)
	x.reply = wire.AppendStat(x.reply, stat)
	return err
}

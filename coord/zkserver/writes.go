package zkserver

import (
	"bytes"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func create(x *exchange, r wire.CreateRequest) error {
	path, _, err := x.create(r)
	x.reply = wire.AppendString(x.reply, path)
	return err
}

func create2(x *exchange, r wire.CreateRequest) error {
	path, stat, err := x.create(r)
	x.reply = wire.AppendStat(wire.AppendString(x.reply, path), stat)
	return err
}

func (x *exchange) create(r wire.CreateRequest) (string, coord.Stat, error) {
	s, txn := x.c.srv, x.txn()
	path, stat, err := s.tree.Create(txn, r.Path, bytes.Clone(r.Data), modeOf(r.Flags), sentACL(r.ACL))
	s.tell(txn.Changes)
	return path, stat, err
}

// modeOf turns flags into a mode, one that the tree refuses if there is none for them.
func modeOf(flags int32) coord.CreateMode {
	const none = 0xff
	if flags < 0 || flags > none {
		return none
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
	s.tell(txn.Changes)
	return err
}

func setData(x *exchange, r wire.SetDataRequest) error {
	s, txn := x.c.srv, x.txn()
	stat, err := s.tree.Set(txn, r.Path, bytes.Clone(r.Data), r.Version)
	s.tell(txn.Changes)
	x.reply = wire.AppendStat(x.reply, stat)
	return err
}

// check outside of a transaction is never answered by a real server, which leaves the client waiting; here it gets the bare outcome.
func check(x *exchange, r wire.VersionRequest) error {
	return x.c.srv.tree.Check(x.txn(), r.Path, r.Version)
}

func setACL(x *exchange, r wire.SetACLRequest) error {
	stat, err := x.c.srv.tree.SetACL(x.txn(), r.Path, sentACL(r.ACL), r.Version)
	x.reply = wire.AppendStat(x.reply, stat)
	return err
}

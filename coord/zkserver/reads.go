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

// syncPath has nothing to wait for: there is one server, and it knows everything. The path need not be one,
// nor be there.
func syncPath(x *exchange, path []byte) error {
	x.reply = wire.AppendBuffer(x.reply, path)
	return nil
}

// countChildren counts all nodes below, not the children alone.
func countChildren(x *exchange, r wire.PathRequest) error {
	n, err := x.c.srv.tree.Descendants(r.Path, x.c.auth)
	x.reply = wire.AppendInt32(x.reply, n)
	return err
}

// getEphemerals lists the session's own nodes below a prefix, which is compared as mere text. Blanks around a prefix matter only if there
// is nothing else, or the root.
func getEphemerals(x *exchange, r wire.PathRequest) error {
	s := x.c.srv
	prefix := r.Path
	if bare := strings.TrimFunc(prefix, isBlank); bare == "" || bare == "/" {
		prefix = ""
	}
	paths := s.names[:0]
	for path := range s.tree.Ephemerals(x.c.session.id) {
		if strings.HasPrefix(path, prefix) {
			paths = append(paths, path)
		}
	}
	x.reply = wire.AppendStrings(x.reply, paths)
	clear(paths)
	s.names = paths[:0]
	return nil
}

// isBlank tells what Java's String.trim takes off.
func isBlank(r rune) bool { return r <= ' ' }

// decodeMultiRead refuses the operations of a multi.
func decodeMultiRead(in *wire.Decoder) []wire.MultiOp {
	ops := wire.DecodeMulti(in, nil)
	if len(ops) > 0 && !ops[0].Reads() {
		in.Fail()
	}
	return ops
}

// maxReadReply is the size in bytes from which a multiRead's reply does not go on: a short request may ask for the same long data again and
// again. Java's clients take a sixteenth of it by default.
const maxReadReply = 16 << 20

// multiRead does each read for itself: one that fails takes nothing from the others. None leaves a watch, whatever it says (Op.GetData).
func multiRead(x *exchange, ops []wire.MultiOp) error {
	for i := range ops {
		if len(x.reply) > maxReadReply {
			x.finish()
			return wire.SystemError
		}
		if err := x.readPart(&ops[i]); err != nil {
			x.reply = wire.AppendRefused(x.reply, codeOf(err))
		}
	}
	x.reply = wire.AppendMultiEnd(x.reply)
	return nil
}

func (x *exchange) readPart(m *wire.MultiOp) error {
	s := x.c.srv
	if m.Type == wire.OpGetData {
		data, stat, err := s.tree.Get(m.Path, x.c.auth)
		if err == nil {
			x.reply = wire.AppendRead(x.reply, data, stat)
		}
		return err
	}
	names, _, err := s.tree.Children(s.names[:0], m.Path, x.c.auth)
	if err == nil {
		x.reply = wire.AppendListed(x.reply, names)
	}
	clear(names)
	s.names = names[:0]
	return err
}

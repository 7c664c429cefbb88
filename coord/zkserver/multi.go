package zkserver

import (
	"bytes"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// transaction is a multi as the client sent it and as the tree takes it.
type transaction struct {
	sent []wire.MultiOp
	ops  []coord.Op
	ttls []int64 // nil if no node with a time to live is made
}

func decodeMulti(in *wire.Decoder) transaction {
	t := transaction{sent: wire.DecodeMulti(in, nil)}
	if len(t.sent) > 0 && t.sent[0].Reads() {
		in.Fail()
	}
	if in.Err() != nil {
		return transaction{}
	}
	t.ops = make([]coord.Op, len(t.sent))
	for i := range t.sent {
		m := &t.sent[i]
		m.Type = typeOfPart(m.Type, m.Flags)
		t.ops[i] = treeOp(m)
		if m.Type == wire.OpCreateTTL {
			t.ttls = append(t.ttls, make([]int64, len(t.sent)-len(t.ttls))...)
			t.ttls[i] = m.TTL
		}
	}
	return t
}

// typeOfPart is what an operation is within a transaction, where a real server (Op.Create) goes by a create's flags rather than by its type.
// It is OpError for one that such a server takes for a createTTL only to find no time to live.
func typeOfPart(t wire.Op, flags int32) wire.Op {
	switch t {
	case wire.OpCreate, wire.OpCreate2, wire.OpCreateContainer, wire.OpCreateTTL:
	default:
		return t
	}
	switch {
	case flags == flagContainer:
		return wire.OpCreateContainer
	case flags != flagTTL && flags != flagTTLSequential:
		return wire.OpCreate
	case t == wire.OpCreateTTL:
		return t
	}
	return wire.OpError
}

func treeOp(m *wire.MultiOp) coord.Op {
	switch m.Type {
	case wire.OpCreate, wire.OpCreateContainer, wire.OpCreateTTL, wire.OpError:
		return coord.CreateOp(m.Path, bytes.Clone(m.Data), modeOf(m.Type, m.Flags), sentACL(m.ACL)...)
	case wire.OpSetData:
		return coord.SetOp(m.Path, bytes.Clone(m.Data), m.Version)
	case wire.OpDelete:
		return coord.DeleteOp(m.Path, m.Version)
	default:
		return coord.CheckOp(m.Path, m.Version)
	}
}

// multi answers a refused transaction with outcome 0 and the outcomes of its operations in the body, as ZooKeeper does.
func multi(x *exchange, t transaction) error {
	s, txn := x.c.srv, x.txn()
	results, refused, err := s.tree.MultiTTL(txn, t.ops, t.ttls)
	if err != nil && len(t.sent) > 0 && t.sent[refused].Type == wire.OpError {
		return wire.ErrMalformed
	}
	if err != nil {
		x.appendRefusals(len(t.ops), refused, err)
		return nil
	}
	s.tell()
	s.setSweep()
	for i, r := range results {
		switch t.sent[i].Type {
		case wire.OpCreate:
			x.reply = wire.AppendCreated(x.reply, r.Path)
		case wire.OpCreateContainer, wire.OpCreateTTL:
			x.reply = wire.AppendCreatedStat(x.reply, r.Path, r.Stat)
		case wire.OpSetData:
			x.reply = wire.AppendChanged(x.reply, r.Stat)
		default:
			x.reply = wire.AppendDone(x.reply, t.sent[i].Type)
		}
	}
	x.reply = wire.AppendMultiEnd(x.reply)
	return nil
}

func (x *exchange) appendRefusals(n, refused int, err error) {
	for i := range n {
		code := wire.OK
		switch {
		case i == refused:
			code = codeOf(err)
		case i > refused:
			code = codeOf(ztree.ErrRuntimeInconsistency)
		}
		x.reply = wire.AppendRefused(x.reply, code)
	}
	x.reply = wire.AppendMultiEnd(x.reply)
}

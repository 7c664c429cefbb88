package wire

import "github.com/hamaster/hamaster/coord"

// multiHeader stands before every part of a transaction and of its answer; one that is done ends them.
type multiHeader struct {
	Type Op
	Done bool
	Code Code
}

func decodeMultiHeader(d *Decoder) multiHeader {
	return multiHeader{Type: Op(d.Int32()), Done: d.Bool(), Code: Code(d.Int32())}
}

func appendMultiHeader(b []byte, h multiHeader) []byte {
	b = AppendInt32(b, int32(h.Type))
	b = AppendBool(b, h.Done)
	return AppendInt32(b, int32(h.Code))
}

// MultiOp is one operation of a transaction; which fields count depends on Type: those of the record that Type has alone.
type MultiOp struct {
	Type    Op // one of the creates, OpDelete, OpSetData or OpCheck; or OpGetData or OpGetChildren
	Path    string
	Data    []byte // lies in the packet; nil if null
	ACL     []coord.ACL
	Flags   int32
	TTL     int64
	Version int32
}

// DecodeMulti appends a transaction's operations to ops, all of which write or all of which read. Anything else is malformed.
func DecodeMulti(d *Decoder, ops []MultiOp) []MultiOp {
	for d.err == nil {
		h := decodeMultiHeader(d)
		if h.Done || d.err != nil {
			break
		}
		op := decodeMultiOp(d, h.Type)
		if len(ops) > 0 && op.Reads() != ops[0].Reads() {
			d.Fail()
		}
		ops = append(ops, op)
	}
	return ops
}

// Reads tells the operations of a multiRead from those of a multi.
func (m *MultiOp) Reads() bool { return m.Type == OpGetData || m.Type == OpGetChildren }

func decodeMultiOp(d *Decoder, t Op) MultiOp {
	switch t {
	case OpCreate, OpCreate2, OpCreateContainer:
		r := DecodeCreate(d)
		return MultiOp{Type: t, Path: r.Path, Data: r.Data, ACL: r.ACL, Flags: r.Flags}
	case OpCreateTTL:
		r := DecodeCreateTTL(d)
		return MultiOp{Type: t, Path: r.Path, Data: r.Data, ACL: r.ACL, Flags: r.Flags, TTL: r.TTL}
	case OpGetData, OpGetChildren:
		return MultiOp{Type: t, Path: DecodeRead(d).Path}
	case OpSetData:
		r := DecodeSetData(d)
		return MultiOp{Type: t, Path: r.Path, Data: r.Data, Version: r.Version}
	case OpDelete:
		r := DecodeDelete(d)
		return MultiOp{Type: t, Path: r.Path, Version: r.Version}
	case OpCheck:
		r := DecodeCheck(d)
		return MultiOp{Type: t, Path: r.Path, Version: r.Version}
	default:
		d.Fail()
		return MultiOp{}
	}
}

// AppendCreated appends the result of a create within a transaction. That of a create2 looks the same, Stat left out: this is
// how the real server answers.
func AppendCreated(b []byte, path string) []byte {
	return AppendString(appendMultiHeader(b, multiHeader{Type: OpCreate}), path)
}

// AppendCreatedStat appends the result of a createContainer or of a createTTL within a transaction: both as if of a create2.
func AppendCreatedStat(b []byte, path string, s coord.Stat) []byte {
	return AppendStat(AppendString(appendMultiHeader(b, multiHeader{Type: OpCreate2}), path), s)
}

// AppendRead appends the result of a getData within a multiRead.
func AppendRead(b, data []byte, s coord.Stat) []byte {
	return AppendStat(AppendBuffer(appendMultiHeader(b, multiHeader{Type: OpGetData}), data), s)
}

// AppendListed appends the result of a getChildren within a multiRead.
func AppendListed(b []byte, names []string) []byte {
	return AppendStrings(appendMultiHeader(b, multiHeader{Type: OpGetChildren}), names)
}

// AppendChanged appends the result of a setData within a transaction.
func AppendChanged(b []byte, s coord.Stat) []byte {
	return AppendStat(appendMultiHeader(b, multiHeader{Type: OpSetData}), s)
}

// AppendDone appends the result of an operation that returns nothing: a delete or a check.
func AppendDone(b []byte, t Op) []byte { return appendMultiHeader(b, multiHeader{Type: t}) }

// AppendRefused appends what an operation gets in place of a result that failed, or that belongs to a transaction that did: then also
// OK, before the one that refused, and RuntimeInconsistency after it.
func AppendRefused(b []byte, c Code) []byte {
	return AppendInt32(appendMultiHeader(b, multiHeader{Type: OpError, Code: c}), int32(c))
}

// AppendMultiEnd ends a transaction's results.
func AppendMultiEnd(b []byte) []byte {
	return appendMultiHeader(b, multiHeader{Type: OpError, Done: true, Code: -1})
}

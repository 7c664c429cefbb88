package zkserver

import (
	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// operations is what the server can be asked. Everything else is unknownOperation.
var operations = map[wire.Op]operation{
	wire.OpCreate:          write(wire.DecodeCreate, create),
	wire.OpCreate2:         write(wire.DecodeCreate, create2),
	wire.OpCreateContainer: write(wire.DecodeCreate, createContainer),
	wire.OpCreateTTL:       write(wire.DecodeCreateTTL, createTTL),
	wire.OpDelete:          write(wire.DecodeDelete, remove),
	wire.OpDeleteContainer: write(noRecord, deleteContainer),
	wire.OpSetData:         write(wire.DecodeSetData, setData),
	wire.OpSetACL:          write(wire.DecodeSetACL, setACL),
	wire.OpCheck:           write(wire.DecodeCheck, check),
	wire.OpMulti:           write(decodeMulti, multi),
	wire.OpReconfig:        on(wire.DecodeReconfig, reconfig),

	wire.OpExists:        on(wire.DecodeRead, exists),
	wire.OpGetData:       on(wire.DecodeRead, getData),
	wire.OpGetChildren:   on(wire.DecodeRead, getChildren),
	wire.OpGetChildren2:  on(wire.DecodeRead, getChildren2),
	wire.OpMultiRead:     on(decodeMultiRead, multiRead),
	wire.OpCountChildren: on(wire.DecodePath, countChildren),
	wire.OpGetEphemerals: on(wire.DecodePrefix, getEphemerals),
	wire.OpGetACL:        on(wire.DecodePath, getACL),
	wire.OpSync:          on((*wire.Decoder).Buffer, syncPath),

	wire.OpSetWatches:    on(wire.DecodeSetWatches, setWatches),
	wire.OpSetWatches2:   on(wire.DecodeSetWatches2, setWatches),
	wire.OpAddWatch:      on(wire.DecodeWatch, addWatch),
	wire.OpCheckWatches:  on(wire.DecodeCheckWatches, checkWatches),
	wire.OpRemoveWatches: on(wire.DecodeWatch, removeWatches),

	wire.OpAuth:   strictly(wire.DecodeAuth, addAuth),
	wire.OpSASL:   strictly(decodeSASL, sasl),
	wire.OpWhoAmI: on(noRecord, whoAmI),
	wire.OpPing:   on(noRecord, ping),
	wire.OpClose:  on(noRecord, closeSession),
}

// operation is how one kind of request is answered.
type operation interface{ answer(x *exchange) }

// on makes an operation of the decoder of its record and of what it does. The latter runs under the server's lock, for a session that
// is alive; it appends the reply's body to x.reply, or returns the error that the client gets instead.
func on[R any](decode func(*wire.Decoder) R, do func(x *exchange, r R) error) operation {
	return typedOperation[R]{decode, do, func(x *exchange) { x.end(wire.ErrMalformed) }}
}

// write is on for an operation that takes a zxid, which it does even if its record cannot be decoded.
func write[R any](decode func(*wire.Decoder) R, do func(x *exchange, r R) error) operation {
	return typedOperation[R]{decode, do, func(x *exchange) {
		x.c.srv.tree.Skip(x.txn())
		x.end(wire.ErrMalformed)
	}}
}

// strictly is on for an operation whose record, if it cannot be decoded, ends the connection: a real server decodes these few as it takes
// them from the wire.
func strictly[R any](decode func(*wire.Decoder) R, do func(x *exchange, r R) error) operation {
	return typedOperation[R]{decode, do, func(x *exchange) { x.err = wire.ErrMalformed }}
}

type typedOperation[R any] struct {
	decode    func(*wire.Decoder) R
	do        func(*exchange, R) error
	malformed func(*exchange)
}

func (o typedOperation[R]) answer(x *exchange) {
	r := o.decode(&x.in)
	s := x.c.srv
	s.mu.Lock()
	defer s.unlock()
	if !x.begin() {
		return
	}
	if x.in.Err() != nil {
		o.malformed(x)
		return
	}
	x.end(o.do(x, r))
}

// unknownOperation tells the client so and, as a real server does, hangs up.
var unknownOperation = on(noRecord, func(x *exchange, _ struct{}) error {
	x.finish()
	return wire.Unimplemented
})

func noRecord(*wire.Decoder) struct{} { return struct{}{} }

func ping(x *exchange, _ struct{}) error {
	x.head.Xid = wire.XidPing
	return nil
}

// closeSession ends the session at once, so that its nodes are gone before the client hears of it.
func closeSession(x *exchange, _ struct{}) error {
	x.c.srv.end(x.c.session, Closed)
	x.finish()
	return nil
}

// codeOf is the code that the client gets for an error.
func codeOf(err error) wire.Code {
	switch err {
	case nil:
		return wire.OK
	case coord.ErrNoNode:
		return wire.NoNode
	case coord.ErrNodeExists:
		return wire.NodeExists
	case coord.ErrBadVersion:
		return wire.BadVersion
	case coord.ErrNotEmpty:
		return wire.NotEmpty
	case coord.ErrNoChildrenForEphemerals:
		return wire.NoChildrenForEphemerals
	case coord.ErrNoAuth:
		return wire.NoAuth
	case coord.ErrInvalidACL:
		return wire.InvalidACL
	case coord.ErrInvalid:
		return wire.BadArguments
	case coord.ErrSessionExpired:
		return wire.SessionExpired
	case ztree.ErrQuotaExceeded:
		return wire.QuotaExceeded
	case ztree.ErrRuntimeInconsistency:
		return wire.RuntimeInconsistency
	case wire.ErrMalformed:
		return wire.MarshallingError
	}
	if code, ok := err.(wire.Code); ok {
		return code
	}
	return wire.SystemError
}

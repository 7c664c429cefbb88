package zkserver

import (
	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// operations is what the server can be asked. Everything else is unknownOperation.
var operations = map[wire.Op]operation{
	wire.OpCreate:       on(wire.DecodeCreate, create),
	wire.OpCreate2:      on(wire.DecodeCreate, create2),
	wire.OpDelete:       on(wire.DecodeVersion, remove),
	wire.OpSetData:      on(wire.DecodeSetData, setData),
	wire.OpSetACL:       on(wire.DecodeSetACL, setACL),
	wire.OpCheck:        on(wire.DecodeVersion, check),
	wire.OpMulti:        on(decodeMulti, multi),
	wire.OpExists:       on(wire.DecodeRead, exists),
	wire.OpGetData:      on(wire.DecodeRead, getData),
	wire.OpGetChildren:  on(wire.DecodeRead, getChildren),
	wire.OpGetChildren2: on(wire.DecodeRead, getChildren2),
	wire.OpGetACL:       on(wire.DecodePath, getACL),
	wire.OpSync:         on(wire.DecodePath, syncPath),
	wire.OpSetWatches:   on(wire.DecodeSetWatches, setWatches),
	wire.OpSetWatches2:  on(wire.DecodeSetWatches2, setWatches2),
	wire.OpAuth:         on(wire.DecodeAuth, addAuth),
	wire.OpWhoAmI:       on(noRecord, whoAmI),
	wire.OpPing:         on(noRecord, ping),
	wire.OpClose:        on(noRecord, closeSession),
}

// operation is how one kind of request is answered.
type operation interface{ answer(x *exchange) }

// on makes an operation of the decoder of its record and of what it does. The latter runs under the server's lock, for a session that
// is alive; it appends the reply's body to x.reply, or returns the error that the client gets instead.
func on[R any](decode func(*wire.Decoder) R, do func(x *exchange, r R) error) operation {
	return typedOperation[R]{decode, do}
}

type typedOperation[R any] struct {
	decode func(*wire.Decoder) R
	do     func(*exchange, R) error
}

func (o typedOperation[R]) answer(x *exchange) {
	r := o.decode(&x.in)
	s := x.c.srv
	s.mu.Lock()
	defer s.unlock()
	if !x.begin() {
		return
	}
	err := x.in.Err()
	if err == nil {
		err = o.do(x, r)
	}
	x.end(err)
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
	x.c.srv.end(x.c.session)
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

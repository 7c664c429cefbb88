package zkserver

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// exchange is a request and its answer in the making.
type exchange struct {
	c    *conn
	head wire.RequestHeader
	in   wire.Decoder
	// reply is the whole packet: its length, its header (both filled in at the end) and what the operation appends. The memory
	// is used for request after request.
	reply   []byte
	started time.Time
	now     coord.Instant // by the server's clock
	err     error         // ends the connection, after the reply if there is one
}

// replyStart is where a reply's body begins.
const replyStart = 4 + wire.ReplyHeaderSize

// keepReply is the size in bytes up to which a reply's memory is used again.
const keepReply = 64 << 10

// run answers one packet. An error ends the connection.
func (x *exchange) run(packet []byte) error {
	x.started = time.Now()
	x.in = wire.NewDecoder(packet)
	x.head = wire.DecodeHeader(&x.in)
	if x.in.Err() != nil {
		return errShort
	}
	if cap(x.reply) > keepReply {
		x.reply = nil
	}
	x.reply = append(x.reply[:0], make([]byte, replyStart)...)
	x.err = nil
	op, known := operations[x.head.Op]
	if !known {
		op = unknownOperation
	}
	op.answer(x)
	return x.err
}

// begin notes the sign of life that every packet is. It fails if the session has ended or has moved to another connection.
func (x *exchange) begin() bool {
	s, session := x.c.srv, x.c.session
	x.c.countReceived()
	if session == nil {
		x.err = errSessionOver
		return false
	}
	x.now = s.clock.Now()
	s.alive.Touch(session.id, int64(x.now))
	return true
}

// end completes the reply. Whatever the operation has appended is no part of it if the operation failed.
func (x *exchange) end(err error) {
	s := x.c.srv
	code := codeOf(err)
	if code != wire.OK {
		x.reply = x.reply[:replyStart]
	}
	zxid := s.tree.Zxid()
	switch {
	case x.head.Op == wire.OpAuth || x.head.Op == wire.OpSASL:
		zxid = 0
	case code == wire.Unimplemented:
		zxid = -1
	}
	wire.PutReplyHeader(x.reply[4:], wire.ReplyHeader{Xid: x.head.Xid, Zxid: zxid, Code: code})
	x.c.out.pushReply(wire.EndPacket(x.reply, 0))
	x.c.countSent()
	s.stats.answered(time.Since(x.started))
}

// finish makes the reply the last thing that the connection sees.
func (x *exchange) finish() { x.err = errFinished }

// txn prepares a transaction of this connection's session.
func (x *exchange) txn() *ztree.Txn {
	s := x.c.srv
	s.txn.Now, s.txn.Session, s.txn.Auth = s.ms(x.now), x.c.session.id, x.c.auth
	return &s.txn
}

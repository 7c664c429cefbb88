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
	body    []byte    // of the request, in the packet
	fault   *Injected // that happens to it, or nil
	started time.Time
	now     coord.Instant // by the server's clock
	err     error         // ends the connection, after the reply if there is one
}

// replyStart is where a reply's body begins.
const replyStart = 4 + wire.ReplyHeaderSize

const requestHeaderSize = 8

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
	x.err, x.fault, x.body = nil, nil, packet[requestHeaderSize:]
	if x.c.srv.armed.Load() && x.suffer() {
		return x.err
	}
	op, known := operations[x.head.Op]
	if !known {
		op = unknownOperation
	}
	op.answer(x)
	return x.err
}

// suffer lets an injected fault happen to the request, as far as that comes before its effect, and reports whether it will have none.
func (x *exchange) suffer() (over bool) {
	c, s := x.c, x.c.srv
	s.mu.Lock()
	id := coord.SessionID(0)
	if c.session != nil {
		id = c.session.id
	}
	if x.fault = s.judge(id, x.head.Op, x.body); x.fault == nil {
		s.unlock()
		return false
	}
	f := &x.fault.fault
	c.requestDelay.start(s, x.fault, f.Delay, &c.gate)
	s.unlock()
	if f.Delay != 0 && !c.wait() {
		x.err = errSessionOver
		return true
	}
	if f.Do != LoseRequest && f.Do != Fail {
		return false
	}
	s.mu.Lock()
	defer s.unlock()
	switch {
	case !x.begin():
	case f.Do == Fail:
		x.end(f.Code)
	default:
		x.note(wire.OK)
		x.err = errLost
	}
	return true
}

// authenticates tells the requests that a real server answers before they reach its queue (ZooKeeperServer.processPacket): they get no zxid,
// and are no sign of life.
func (x *exchange) authenticates() bool { return x.head.Op == wire.OpAuth || x.head.Op == wire.OpSASL }

// begin notes the sign of life that almost every packet is. It fails if the request is not to be carried out; x.err tells whether its connection
// is over.
func (x *exchange) begin() bool {
	c, s := x.c, x.c.srv
	c.countReceived()
	x.now = s.clock.Now()
	switch {
	case c.moved:
		x.end(sessionMoved)
		x.finish()
		return false
	case c.session == nil:
		x.err = errSessionOver
		return false
	}
	if !x.authenticates() {
		s.alive.Touch(c.session.id, int64(x.now))
	}
	if grows(x.head.Op) && s.treeSize()+int64(len(x.body)) > s.cfg.MaxData {
		x.end(wire.QuotaExceeded)
		return false
	}
	return true
}

// end completes the reply. Whatever the operation has appended is no part of it if the operation failed.
func (x *exchange) end(err error) {
	c, s := x.c, x.c.srv
	code := codeOf(err)
	if code != wire.OK {
		x.reply = x.reply[:replyStart]
	}
	x.note(code)
	if arms(x.head.Op) && s.watches.Count(c.id) > s.cfg.MaxWatches {
		x.err = errWatches
		return
	}
	if x.fault != nil {
		if x.fault.fault.Do == LoseReply {
			x.err = errLost
			return
		}
		c.replyDelay.start(s, x.fault, x.fault.fault.DelayReply, &c.out)
	}
	zxid := s.tree.Zxid()
	switch {
	case x.authenticates():
		zxid = 0
	case code == wire.Unimplemented:
		zxid = -1
	}
	wire.PutReplyHeader(x.reply[4:], wire.ReplyHeader{Xid: x.head.Xid, Zxid: zxid, Code: code})
	c.out.pushReply(wire.EndPacket(x.reply, 0))
	c.countSent()
	c.countAnswer(x.head, zxid, time.Since(x.started))
}

// note adds the request to the log.
func (x *exchange) note(code wire.Code) {
	c, s := x.c, x.c.srv
	e := Entry{Kind: Requested, Peer: c.peer, Xid: x.head.Xid, Zxid: s.tree.Zxid(), Code: code}
	if c.session != nil {
		e.Session = c.session.id
	}
	if x.fault != nil {
		e.Fault = x.fault.fault.Do
	}
	s.history.add(&e, s.ms(x.now), x.head.Op, pathOf(x.head.Op, x.body))
}

// finish makes the reply the last thing that the connection sees.
func (x *exchange) finish() { x.err = errFinished }

// txn prepares a transaction of this connection's session.
func (x *exchange) txn() *ztree.Txn {
	s := x.c.srv
	s.txn.Now, s.txn.Session, s.txn.Auth = s.ms(x.now), x.c.session.id, x.c.auth
	return &s.txn
}

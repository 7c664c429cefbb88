package wire

import (
	"encoding/binary"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// PasswordSize is the length of a session's password in bytes.
const PasswordSize = 16

// Password is what a client shows to take up its session on another connection.
type Password [PasswordSize]byte

// ConnectRequest is the first packet of a connection.
type ConnectRequest struct {
	LastZxid coord.Zxid // the newest that the client has seen
	Timeout  time.Duration
	Session  coord.SessionID // zero asks for a new one
	Password []byte          // lies in the packet
	ReadOnly bool
	// HasReadOnly tells whether the client sent the last field at all: older protocols, and go-zookeeper, do not, and then must
	// not be sent it either.
	HasReadOnly bool
}

// DecodeConnect reads the record. The protocol's version, which no server looks at, is dropped.
func DecodeConnect(d *Decoder) ConnectRequest {
	d.Int32()
	r := ConnectRequest{
		LastZxid: coord.Zxid(d.Int64()),
		Timeout:  time.Duration(d.Int32()) * time.Millisecond,
		Session:  coord.SessionID(d.Int64()),
		Password: d.Buffer(),
	}
	if d.More() {
		r.HasReadOnly, r.ReadOnly = true, d.Bool()
	}
	return r
}

// ConnectReply answers it. The zero value, but for HasReadOnly, refuses the session: clients tell that by the timeout or by the id.
type ConnectReply struct {
	Timeout     time.Duration
	Session     coord.SessionID
	Password    Password
	HasReadOnly bool
}

// AppendConnectReply appends the record.
func AppendConnectReply(b []byte, r ConnectReply) []byte {
	b = AppendInt32(b, 0)
	b = AppendInt32(b, int32(r.Timeout/time.Millisecond))
	b = AppendInt64(b, int64(r.Session))
	b = AppendBuffer(b, r.Password[:])
	if r.HasReadOnly {
		b = AppendBool(b, false)
	}
	return b
}

// RequestHeader starts every packet of a client but the first.
type RequestHeader struct {
	Xid int32
	Op  Op
}

// DecodeHeader reads the record.
func DecodeHeader(d *Decoder) RequestHeader {
	return RequestHeader{Xid: d.Int32(), Op: Op(d.Int32())}
}

// ReplyHeader starts every packet of the server but the first.
type ReplyHeader struct {
	Xid  int32
	Zxid coord.Zxid
	Code Code
}

// ReplyHeaderSize is the length of a ReplyHeader on the wire, in bytes.
const ReplyHeaderSize = 16

// AppendReplyHeader appends the record.
func AppendReplyHeader(b []byte, h ReplyHeader) []byte {
	b = AppendInt32(b, h.Xid)
	b = AppendInt64(b, int64(h.Zxid))
	return AppendInt32(b, int32(h.Code))
}

// PutReplyHeader overwrites the ReplyHeader at the front of b, since zxid and outcome are known only when the rest is written.
func PutReplyHeader(b []byte, h ReplyHeader) {
	_ = b[ReplyHeaderSize-1]
	binary.BigEndian.PutUint32(b, uint32(h.Xid))
	binary.BigEndian.PutUint64(b[4:], uint64(h.Zxid))
	binary.BigEndian.PutUint32(b[12:], uint32(h.Code))
}

// AuthRequest adds an identity to a connection.
type AuthRequest struct {
	Scheme string
	Auth   []byte // lies in the packet
}

// DecodeAuth reads the record. Its first field is not used.
func DecodeAuth(d *Decoder) AuthRequest {
	d.Int32()
	return AuthRequest{Scheme: d.String(), Auth: d.Buffer()}
}

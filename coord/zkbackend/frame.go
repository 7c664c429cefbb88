package zkbackend

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// What the link needs to know of ZooKeeper's protocol: every packet is a frame, a length and that many bytes, big-endian.

type opcode int32

const (
	opCreate       opcode = 1
	opDelete       opcode = 2
	opExists       opcode = 3
	opGetData      opcode = 4
	opSetData      opcode = 5
	opSync         opcode = 9
	opPing         opcode = 11
	opGetChildren2 opcode = 12
	opCheck        opcode = 13
	opMulti        opcode = 14
	opSetWatches   opcode = 101
	opCloseSession opcode = -11

	opError opcode = -1 // in the results of a transaction
)

// Numbers of requests that are not calls. go-zookeeper numbers its own from 1 up.
const (
	xidEvent   int32 = -1
	xidPing    int32 = -2
	xidWatches int32 = -8
	xidGoodbye int32 = -11
)

// Error codes that concern the connection or the session, not the call.
const (
	codeOK             int32 = 0
	codeNoNode         int32 = -101
	codeSessionExpired int32 = -112
	codeSessionMoved   int32 = -118
)

const (
	// maxGreeting is far more than an answer to a connect request holds, and far less than what the first bytes of another
	// protocol look like when they are read as a length.
	maxGreeting = 1 << 10
	// maxReply bounds what a server can make this process allocate. The servers themselves put no bound on a list of children.
	maxReply = 64 << 20
	// keptBuffer is the largest buffer that is kept for the next frame.
	keptBuffer = 1 << 20
)

var errProtocol = errors.New("does not speak ZooKeeper's protocol")

// readFrame reads one frame into buf, or a new buffer, and returns it with its four bytes of length.
func readFrame(r io.Reader, buf []byte, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(int32(binary.BigEndian.Uint32(head[:])))
	if n < 0 || n > limit {
		return nil, fmt.Errorf("%w: a frame of %d bytes", errProtocol, n)
	}
	if cap(buf) < 4+n {
		buf = make([]byte, 4+n)
	}
	buf = buf[:4+n]
	copy(buf, head[:])
	if _, err := io.ReadFull(r, buf[4:]); err != nil {
		return nil, noEOF(err)
	}
	return buf, nil
}

// noEOF tells the end of a connection within a frame from one between frames.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decoder takes a frame apart. After the first that is missing it gives zeros, and err is set.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.rest) {
		d.err = fmt.Errorf("%w: a frame that ends too early", errProtocol)
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) int32() int32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}

func (d *decoder) int64() int64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

func (d *decoder) string() string {
	n := d.int32()
	if n <= 0 {
		return ""
	}
	return string(d.take(int(n)))
}

// greeting is the answer to a connect request.
type greeting struct {
	timeout time.Duration
	id      coord.SessionID
}

func decodeGreeting(frame []byte) (greeting, error) {
	d := decoder{rest: frame[4:]}
	d.int32() // version
	timeout := time.Duration(d.int32()) * time.Millisecond
	g := greeting{timeout: timeout, id: coord.SessionID(d.int64())}
	if passwordSize := d.int32(); passwordSize > 0 {
		d.take(int(passwordSize))
	}
	return g, d.err
}

// requestHead is the start of each request but the first.
type requestHead struct {
	xid int32
	op  opcode
}

func decodeRequest(frame []byte) (requestHead, error) {
	d := decoder{rest: frame}
	d.int32() // length
	h := requestHead{xid: d.int32(), op: opcode(d.int32())}
	return h, d.err
}

// reply is the start of each answer but the first.
type reply struct {
	xid  int32
	zxid coord.Zxid
	code int32
	body []byte
}

func decodeReply(frame []byte) (reply, error) {
	d := decoder{rest: frame[4:]}
	r := reply{xid: d.int32(), zxid: coord.Zxid(d.int64()), code: d.int32()}
	r.body = d.rest
	return r, d.err
}

func decodeEvent(body []byte) (coord.Event, error) {
	d := decoder{rest: body}
	kind := d.int32()
	d.int32() // state: always connected
	path := d.string()
	if kind < int32(coord.NodeCreated) || kind > int32(coord.ChildrenChanged) {
		return coord.Event{}, fmt.Errorf("%w: an event of type %d", errProtocol, kind)
	}
	return coord.Event{Type: coord.EventType(kind), Path: path}, d.err
}

// succeeded reports whether the answer says that a write took effect. A transaction that was refused has code 0 as well: then its
// results are errors, from the first on.
func (r reply) succeeded(op opcode) bool {
	switch op {
	case opCreate, opDelete, opSetData:
		return r.code == codeOK
	case opMulti:
		d := decoder{rest: r.body}
		first := d.int32()
		return r.code == codeOK && d.err == nil && opcode(first) != opError
	}
	return false
}

// newRequest starts a frame; finish it with seal.
func newRequest(xid int32, op opcode) []byte {
	b := make([]byte, 4, 64)
	b = binary.BigEndian.AppendUint32(b, uint32(xid))
	return binary.BigEndian.AppendUint32(b, uint32(op))
}

// seal fills in the frame's length.
func seal(frame []byte) []byte {
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

package zkbackend

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// script is a server played by the test, step by step, in virtual time: every dial ends at the test's accept.
type script struct {
	t     *testing.T
	dials chan net.Conn
}

const scriptTimeout = 6 * time.Second // what the client asks for

func newScript(t *testing.T) *script { return &script{t: t, dials: make(chan net.Conn)} }

func (s *script) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case s.dials <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open opens a session that the script grants, and returns it with the connection it is on.
func (s *script) open(granted time.Duration) (*session, *peer) {
	s.t.Helper()
	b, err := New(Config{Servers: []string{"script:1"}, SessionTimeout: scriptTimeout, Dial: s.dial})
	if err != nil {
		s.t.Fatal(err)
	}
	opened := make(chan coord.Session)
	go func() {
		session, err := b.Open(s.t.Context())
		if err != nil {
			s.t.Error(err)
		}
		opened <- session
	}()
	p := s.accept()
	if id := p.connectRequest(); id != 0 {
		s.t.Fatalf("a new session asks for id %v", id)
	}
	p.greet(7, granted)
	return (<-opened).(*session), p
}

func (s *script) accept() *peer { return &peer{s.t, <-s.dials} }

// peer is the server's end of a connection.
type peer struct {
	t *testing.T
	net.Conn
}

// connectRequest reads the first frame and returns the session it asks for.
func (p *peer) connectRequest() coord.SessionID {
	p.t.Helper()
	frame, err := readFrame(p, nil, maxGreeting)
	if err != nil {
		p.t.Fatal(err)
	}
	d := decoder{rest: frame[4:]}
	d.int32() // version
	d.int64() // zxid
	d.int32() // timeout
	return coord.SessionID(d.int64())
}

func (p *peer) send(frame []byte) {
	p.t.Helper()
	if _, err := p.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) greet(id coord.SessionID, timeout time.Duration) {
	p.t.Helper()
	b := make([]byte, 8)
	b = binary.BigEndian.AppendUint32(b, uint32(timeout.Milliseconds()))
	b = binary.BigEndian.AppendUint64(b, uint64(id))
	b = binary.BigEndian.AppendUint32(b, 16)
	p.send(seal(append(b, make([]byte, 16)...)))
}

// request reads the next request, which must be of that type, and answers pings on the way.
func (p *peer) request(want opcode) (int32, []byte) {
	p.t.Helper()
	for {
		frame, err := readFrame(p, nil, maxReply)
		if err != nil {
			p.t.Fatalf("waiting for a request of type %d: %v", want, err)
		}
		h, _ := decodeRequest(frame)
		switch h.op {
		case want:
			return h.xid, frame[12:]
		case opPing:
			p.reply(h.xid, 0, codeOK, nil)
		default:
			p.t.Fatalf("a request of type %d, want %d", h.op, want)
		}
	}
}

func (p *peer) reply(xid int32, zxid int64, code int32, body []byte) {
	p.t.Helper()
	b := make([]byte, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(xid))
	b = binary.BigEndian.AppendUint64(b, uint64(zxid))
	b = binary.BigEndian.AppendUint32(b, uint32(code))
	p.send(seal(append(b, body...)))
}

func (p *peer) event(kind coord.EventType, path string) {
	p.t.Helper()
	b := binary.BigEndian.AppendUint32(nil, uint32(kind))
	b = binary.BigEndian.AppendUint32(b, 3)
	p.reply(xidEvent, -1, codeOK, appendString(b, path))
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// statBody is an encoded Stat of zeros.
var statBody = make([]byte, statSize)

// endOfMulti is what ends the results of a transaction.
var endOfMulti = []byte{0xff, 0xff, 0xff, 0xff, 1, 0xff, 0xff, 0xff, 0xff}

// checkedOne is the result of a transaction that checked one node, refusedOne that of one that was refused.
var (
	checkedOne = slices.Concat([]byte{0, 0, 0, 13, 0, 0, 0, 0, 0}, endOfMulti)
	refusedOne = slices.Concat([]byte{0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0x9b}, []byte{0xff, 0xff, 0xff, 0x9b}, endOfMulti)
)

// refuse turns away all who dial, as if the session had expired, until the test is over.
func (s *script) refuseAll(ctx context.Context) {
	for {
		select {
		case conn := <-s.dials:
			p := &peer{s.t, conn}
			p.connectRequest()
			p.greet(0, 0)
			_ = p.Close()
		case <-ctx.Done():
			return
		}
	}
}

// end closes the session against a script that plays along.
func (s *script) end(session *session, p *peer) {
	s.t.Helper()
	go func() {
		xid, _ := p.request(opCloseSession)
		p.reply(xid, 99, codeOK, nil)
	}()
	if err := session.Close(s.t.Context()); err != nil {
		s.t.Errorf("Close: %v", err)
	}
}

// async starts a call and returns where its error will be.
func async(call func() error) <-chan error {
	errs := make(chan error, 1)
	go func() { errs <- call() }()
	return errs
}

func mustBe(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func now() coord.Instant { return clock.Now() }

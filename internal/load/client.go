package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// sessionTimeout is longer than any session is left without a request.
const sessionTimeout = 30 * time.Second

// patience bounds a session's whole life. A server that takes longer has failed.
const patience = 2 * time.Minute

// maxReply is more than any answer here has, in bytes.
const maxReply = 1 << 20

// session is a client that sends ready-made packets and looks at no more of an answer than its code: what is measured is the
// server, and the kernel that both kinds of server share.
type session struct {
	nc net.Conn
	in *wire.Reader
}

// open connects to a server and starts a session, within the time given.
func open(addr string, within time.Duration) (*session, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &session{nc: nc, in: wire.NewReader(nc, maxReply)}
	err = nc.SetDeadline(time.Now().Add(within))
	if err == nil {
		err = s.greet()
	}
	if err == nil {
		err = nc.SetDeadline(time.Now().Add(patience))
	}
	if err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return s, nil
}

func (s *session) greet() error {
	b, start := wire.BeginPacket(nil)
	b = wire.AppendInt64(wire.AppendInt32(b, 0), 0)
	b = wire.AppendInt64(wire.AppendInt32(b, int32(sessionTimeout/time.Millisecond)), 0)
	b = wire.AppendBuffer(b, make([]byte, wire.PasswordSize))
	reply, err := s.exchange(wire.EndPacket(b, start))
	if err != nil {
		return err
	}
	d := wire.NewDecoder(reply)
	d.Int32()
	d.Int32()
	if id := d.Int64(); d.Err() != nil || id == 0 {
		return fmt.Errorf("no session: %x", reply)
	}
	return nil
}

// request makes a request's packet. All have the same number: a session has no more than one under way.
func request(op wire.Op, body []byte) []byte {
	b, start := wire.BeginPacket(nil)
	b = append(wire.AppendInt32(wire.AppendInt32(b, 1), int32(op)), body...)
	return wire.EndPacket(b, start)
}

// do sends a request and waits for its answer. Whatever the server refuses is an error.
func (s *session) do(request []byte) error {
	reply, err := s.exchange(request)
	if err != nil {
		return err
	}
	d := wire.NewDecoder(reply)
	d.Int32()
	d.Int64()
	if code := wire.Code(d.Int32()); d.Err() != nil || code != wire.OK {
		return fmt.Errorf("request %x refused: %x", request, reply)
	}
	return nil
}

func (s *session) exchange(packet []byte) ([]byte, error) {
	if _, err := s.nc.Write(packet); err != nil {
		return nil, err
	}
	return s.in.Next()
}

// close ends the session, so that its ephemeral nodes go.
func (s *session) close() error {
	return errors.Join(s.do(request(wire.OpClose, nil)), s.nc.Close())
}

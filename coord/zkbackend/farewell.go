package zkbackend

import (
	"encoding/binary"
	"io"
	"net"
	"time"
)

// farewell is the last server that go-zookeeper is connected to: one in this process, that accepts the session and the closing of
// it. Left alone, go-zookeeper dials on for ever, opens another session once the first has expired, and when told to close while it
// has no connection waits a second for an answer that cannot come. So however a session ends, go-zookeeper gets to close it here.
type farewell struct {
	client, server net.Conn
	timeout        time.Duration
	attached       chan struct{} // closed once go-zookeeper has a connection again
}

func newFarewell(timeout time.Duration) *farewell {
	f := &farewell{timeout: timeout, attached: make(chan struct{})}
	f.client, f.server = net.Pipe()
	return f
}

// serve plays the server until the client closes the connection.
func (f *farewell) serve() {
	defer f.server.Close()
	if _, err := readFrame(f.server, nil, maxGreeting); err != nil {
		return
	}
	if _, err := f.server.Write(f.greet()); err != nil {
		return
	}
	close(f.attached)
	for {
		frame, err := readFrame(f.server, nil, maxReply)
		if err != nil {
			return
		}
		// What else is asked came too late to be sent to a real server, and its caller knows.
		if h, err := decodeRequest(frame); err == nil && h.op == opCloseSession {
			_, _ = f.server.Write(answer(h.xid))
			_, _ = io.Copy(io.Discard, f.server)
			return
		}
	}
}

// greet is the answer to any connect request. The session's id is of no meaning, but 0 would say that it has expired.
func (f *farewell) greet() []byte {
	b := make([]byte, 8) // length and version
	b = binary.BigEndian.AppendUint32(b, uint32(f.timeout.Milliseconds()))
	b = binary.BigEndian.AppendUint64(b, 1)
	b = binary.BigEndian.AppendUint32(b, 16)
	return seal(append(b, make([]byte, 16)...))
}

// answer is a reply without a body.
func answer(xid int32) []byte {
	b := make([]byte, 4, 20)
	b = binary.BigEndian.AppendUint32(b, uint32(xid))
	return seal(append(b, make([]byte, 12)...))
}

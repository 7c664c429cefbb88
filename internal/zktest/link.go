package zktest

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// link is one client's connection and the server's end of it.
type link struct {
	proxy  *Proxy
	client net.Conn
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	server net.Conn // nil until it is made
}

func (l *link) run() {
	defer l.proxy.forget(l)
	defer l.reset()
	// A partition hides the server's refusal too, so the server is sought once the first bytes may pass.
	if !l.proxy.pass(l.ctx, ToServer) {
		return
	}
	var d net.Dialer
	server, err := d.DialContext(l.ctx, "tcp", l.proxy.target)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	stop := context.AfterFunc(l.ctx, l.reset)
	defer stop()
	var down sync.WaitGroup
	down.Go(func() {
		l.toClient()
		l.reset()
	})
	l.toServer()
	l.reset()
	down.Wait()
}

// reset ends both connections, at the client's side with an RST. It may be called more than once.
func (l *link) reset() {
	l.cancel()
	l.mu.Lock()
	server := l.server
	l.mu.Unlock()
	if tcp, ok := l.client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = l.client.Close()
	if server != nil {
		_ = server.Close()
	}
}

func (l *link) toServer() {
	buf := make([]byte, 64<<10)
	for {
		n, err := l.client.Read(buf)
		if n > 0 {
			if !l.proxy.pass(l.ctx, ToServer) {
				return
			}
			if _, err := l.server.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// maxFrame is more than any answer in a test. A longer one is not ZooKeeper's protocol, which is all that this way carries.
const maxFrame = 64 << 20

// toClient passes on frame by frame, so that the answer to a request can be told from pings and events.
func (l *link) toClient() {
	from := bufio.NewReader(l.server)
	for first := true; ; first = false {
		var header [4]byte
		if _, err := io.ReadFull(from, header[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(header[:])
		if n > maxFrame {
			return
		}
		frame := make([]byte, 4+n)
		copy(frame, header[:])
		if _, err := io.ReadFull(from, frame[4:]); err != nil {
			return
		}
		if !l.proxy.pass(l.ctx, ToClient) {
			return
		}
		isReply := !first && n >= 4 && int32(binary.BigEndian.Uint32(frame[4:])) > 0
		if isReply && l.proxy.takeLoss() {
			return
		}
		if _, err := l.client.Write(frame); err != nil {
			return
		}
	}
}

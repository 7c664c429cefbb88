package zktest

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// link is one client's connection and the server's end of it.
type link struct {
	proxy   *Proxy
	client  net.Conn
	connect connect
	ctx     context.Context
	cancel  context.CancelFunc

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
	server, err := l.connect(l.ctx)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.server = server
	l.mu.Unlock()
	stop := context.AfterFunc(l.ctx, l.reset)
	defer stop()
	var down sync.WaitGroup
	down.Go(func() { l.carry(ToClient, server, l.client) })
	l.carry(ToServer, l.client, server)
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

// maxFrame is more than any packet in a test. A longer one is not ZooKeeper's protocol, which is all that a proxy carries.
const maxFrame = 64 << 20

// carry passes on one direction, frame by frame, so that calls can be told from pings and events.
func (l *link) carry(d Direction, source, destination net.Conn) {
	defer l.reset()
	from := bufio.NewReader(source)
	for first := true; ; first = false {
		frame, err := readFrame(from)
		if err != nil || !l.proxy.pass(l.ctx, d) {
			return
		}
		if !first && isCall(frame) && l.proxy.takeLoss(d) {
			return
		}
		if _, err := destination.Write(frame); err != nil {
			return
		}
	}
}

func readFrame(from io.Reader) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(header[:])
	if n > maxFrame {
		return nil, errors.New("zktest: frame too long")
	}
	frame := make([]byte, 4+n)
	copy(frame, header[:])
	_, err := io.ReadFull(from, frame[4:])
	return frame, err
}

// isCall tells a request or its answer from a ping, an event, and what clients send of their own accord: those have numbers below 0.
func isCall(frame []byte) bool {
	return len(frame) >= 8 && int32(binary.BigEndian.Uint32(frame[4:])) > 0
}

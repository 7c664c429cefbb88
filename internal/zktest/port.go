package zktest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Ports are taken below the range from which systems give local ports to outgoing connections (Linux: 32768 and up), or a
// client's connection may sit on the port of a server that is being restarted.
const (
	firstPort = 15_000
	lastPort  = 31_999
)

// port is a TCP port of the loopback that nobody else uses. Between finding it free and the server's binding it, and while the
// server is down, the UDP port of the same number is held: that keeps away other users of this package, in other processes too.
type port struct {
	number int
	hold   net.PacketConn
}

func reservePort() (port, error) {
	var last error
	for range 200 {
		n := firstPort + rand.IntN(lastPort-firstPort+1)
		p := port{number: n}
		if p.hold, last = net.ListenPacket("udp4", p.addr()); last != nil {
			continue
		}
		var l net.Listener
		if l, last = net.Listen("tcp4", p.addr()); last == nil {
			return p, closeListener(l)
		}
		p.release()
	}
	return port{}, errors.Join(errors.New("zktest: no free port"), last)
}

func (p port) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.number)) }

// closeListener frees the port for the next to listen on it. A process that this one is just starting holds a copy of the listener
// until it runs its own program, so that must not be under way.
func closeListener(l net.Listener) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return l.Close()
}

// release gives the port up. It may be called more than once.
func (p port) release() {
	if p.hold != nil {
		_ = p.hold.Close()
	}
}

package zktest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Direction is one of the two ways through a [Proxy], or both.
type Direction uint8

const (
	ToServer Direction = 1 << iota
	ToClient
	Both = ToServer | ToClient
)

// Proxy is a link to one or several servers with faults on demand: clients connect to it instead. Faults strike the way to all of
// its servers. It is safe for concurrent use.
type Proxy struct {
	doors []*door

	mu         sync.Mutex
	links      map[*link]struct{}
	cut        Direction
	healed     chan struct{} // closed when cut changes
	delay      time.Duration
	lose       Direction
	dials      int
	closed     bool
	closing    context.Context
	closingNow context.CancelFunc
	wg         sync.WaitGroup
}

// connect makes a connection to a server.
type connect func(ctx context.Context) (net.Conn, error)

// door is where clients connect for one server.
type door struct {
	server   connect
	port     port
	listener net.Listener // nil while it refuses; guarded by the proxy's mu
}

// NewProxy listens on a free loopback port for each server, for connections to pass on to it. Close it after use.
func NewProxy(servers ...string) (*Proxy, error) {
	p := newProxy()
	for _, server := range servers {
		port, err := reservePort()
		if err != nil {
			p.Close()
			return nil, err
		}
		p.doors = append(p.doors, &door{server: dialTCP(server), port: port})
	}
	if err := p.Accept(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func newProxy() *Proxy {
	p := &Proxy{links: map[*link]struct{}{}, healed: make(chan struct{})}
	p.closing, p.closingNow = context.WithCancel(context.Background())
	return p
}

func dialTCP(addr string) connect {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

// NewPipeProxy returns a proxy without a port, whose clients connect by [Proxy.Dial], to a server that is reached by calling
// connect. Nothing but pipes and channels is used, so that it works in virtual time (package testing/synctest).
func NewPipeProxy(connect func(ctx context.Context) (net.Conn, error)) *Proxy {
	p := newProxy()
	p.doors = []*door{{server: connect}}
	return p
}

// Dial connects a client to the first server through a pipe, whatever address is given.
func (p *Proxy) Dial(_ context.Context, _, _ string) (net.Conn, error) {
	client, inner := net.Pipe()
	k := p.adopt(inner, p.doors[0].server)
	if k == nil {
		_ = client.Close()
		return nil, net.ErrClosed
	}
	return client, nil
}

// Addrs are where clients connect for each of the servers, and none for a pipe. They stay the same while the proxy lives.
func (p *Proxy) Addrs() []string {
	var addrs []string
	for _, d := range p.doors {
		if d.port.hold != nil {
			addrs = append(addrs, d.port.addr())
		}
	}
	return addrs
}

// Addr is the first of Addrs.
func (p *Proxy) Addr() string { return p.doors[0].port.addr() }

// Connections is how many connections clients have made so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

// Cut stalls the given directions without a sign to either side: present connections stay open, new ones are accepted, and
// nothing passes. What was cut before and is not named passes again.
func (p *Proxy) Cut(d Direction) {
	p.mu.Lock()
	old := p.healed
	p.cut, p.healed = d, make(chan struct{})
	p.mu.Unlock()
	close(old)
}

// Heal lets everything pass again; what was held back arrives late, as it does after a partition.
func (p *Proxy) Heal() { p.Cut(0) }

// Delay holds back each piece of data for d, in both directions. Zero ends that.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// LoseReply swallows the next answer to a request (no ping's, no event) on any connection, and then resets that connection.
func (p *Proxy) LoseReply() { p.loseNext(ToClient) }

// LoseRequest swallows the next request (no ping) on any connection, and then resets that connection.
func (p *Proxy) LoseRequest() { p.loseNext(ToServer) }

func (p *Proxy) loseNext(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose |= d
}

// Reset ends all present connections with a TCP reset. New ones are served.
func (p *Proxy) Reset() {
	p.mu.Lock()
	var links []*link
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.reset()
	}
}

// Refuse has new connections refused until Accept. Present ones stay: use Reset to end them.
func (p *Proxy) Refuse() {
	for _, d := range p.doors {
		p.mu.Lock()
		l := d.listener
		d.listener = nil
		p.mu.Unlock()
		if l != nil {
			_ = closeListener(l)
		}
	}
}

// Accept ends Refuse; call it only then.
func (p *Proxy) Accept() error {
	for _, d := range p.doors {
		l, err := net.Listen("tcp4", d.port.addr())
		if err != nil {
			return err
		}
		if err := p.open(d, l); err != nil {
			return err
		}
	}
	return nil
}

func (p *Proxy) open(d *door, l net.Listener) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.Join(net.ErrClosed, l.Close())
	}
	d.listener = l
	p.wg.Go(func() { p.accept(d, l) })
	return nil
}

// Close ends all connections and waits for what runs. It may be called more than once.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.closingNow()
	p.Refuse()
	p.Reset()
	p.wg.Wait()
	for _, d := range p.doors {
		d.port.release()
	}
}

func (p *Proxy) accept(d *door, l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return // closed
		}
		p.adopt(client, d.server)
	}
}

// adopt serves a client's connection, unless the proxy is closed.
func (p *Proxy) adopt(client net.Conn, server connect) *link {
	k := &link{proxy: p, client: client, connect: server}
	k.ctx, k.cancel = context.WithCancel(p.closing)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		k.cancel()
		_ = client.Close()
		return nil
	}
	p.links[k] = struct{}{}
	p.dials++
	p.wg.Go(k.run)
	return k
}

// pass waits until data may go on in that direction, and reports whether the link still stands then.
func (p *Proxy) pass(ctx context.Context, d Direction) bool {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return false
		}
	}
	for {
		p.mu.Lock()
		cut, healed := p.cut&d != 0, p.healed
		p.mu.Unlock()
		if !cut {
			return ctx.Err() == nil
		}
		select {
		case <-healed:
		case <-ctx.Done():
			return false
		}
	}
}

// takeLoss reports whether what goes in that direction now is to be lost.
func (p *Proxy) takeLoss(d Direction) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	lose := p.lose&d != 0
	p.lose &^= d
	return lose
}

func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

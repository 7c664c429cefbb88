package zkserver

import "sync"

// hold is a reason for a connection to stand still in one direction. Reasons add up: it goes on when none is left.
type hold uint8

const (
	heldByCut   hold = 1 << iota // Cut
	heldByFault                  // the delay of an injected fault
)

// gate is what a connection's reader passes before it acts on what it has read.
type gate struct {
	mu     sync.Mutex
	opened sync.Cond
	held   hold
	gone   bool // nobody is to wait here any more
}

func (g *gate) init() { g.opened.L = &g.mu }

func (g *gate) hold(why hold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held |= why
}

func (g *gate) release(why hold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held &^= why
	g.opened.Broadcast()
}

// abandon lets everybody through for good, to find that the connection is over.
func (g *gate) abandon() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = true
	g.opened.Broadcast()
}

// pass waits until nothing holds the gate, and reports false if the connection is over.
func (g *gate) pass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.held != 0 && !g.gone {
		g.opened.Wait()
	}
	return !g.gone
}

// cutOff makes a connection stand still in both directions; its peer cannot tell it from a network that loses everything.
func (c *conn) cutOff() {
	c.cut = true
	c.gate.hold(heldByCut)
	c.out.hold(heldByCut)
}

// rejoin undoes cutOff. What has become of the connection meanwhile its peer learns now.
func (s *Server) rejoin(c *conn) {
	c.cut = false
	c.strangerSince = s.clock.Now()
	c.gate.release(heldByCut)
	c.out.release(heldByCut)
	if c.lost {
		s.doom(c)
	} else if c.session == nil {
		s.setAlarm(c.strangerSince.Add(greetingTimeout))
	}
}

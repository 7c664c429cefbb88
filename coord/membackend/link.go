package membackend

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// Direction is which way of a link a fault strikes.
type Direction uint8

const (
	Requests Direction = 1 << iota // from the client to the service
	Replies                        // from the service to the client: answers and watch events
	Both     = Requests | Replies
)

func (d Direction) String() string {
	switch d {
	case Requests:
		return "requests"
	case Replies:
		return "replies"
	case Both:
		return "both ways"
	}
	return fmt.Sprintf("Direction(%d)", uint8(d))
}

// Client is one client of a [Service] and the link between them. It is a [coord.Backend]; its other methods are the faults of the link,
// which act on all its sessions and are in force when they return. To disturb one session alone, give it a client of its own.
type Client struct {
	service *Service
	name    string

	// Under the service's lock:
	cut         Direction
	delay       map[Direction]time.Duration
	loseRequest bool
	loseReply   bool
	conns       []*conn // the oldest first; until both ends have let go of it
}

var _ coord.Backend = (*Client)(nil)

// String returns the name that the client was made with.
func (l *Client) String() string { return l.name }

// Open opens a session. It tries until ctx ends.
func (l *Client) Open(ctx context.Context) (coord.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, &coord.Error{Op: "open", Err: err}
	}
	s, err := l.service.newSession(l)
	if err != nil {
		return nil, &coord.Error{Op: "open", Err: err}
	}
	select {
	case <-s.opened:
		return s, nil
	case <-s.ended:
	case <-ctx.Done():
	}
	s.finish(coord.Closed)
	if err := ctx.Err(); err != nil {
		return nil, &coord.Error{Op: "open", Err: bothErrors(coord.ErrConnectionLoss, err)}
	}
	return nil, &coord.Error{Op: "open", Err: coord.ErrClosed}
}

// Cut makes the link silent in that direction, beside what is cut already. As on a broken wire between two TCP stacks, what is sent is
// held back until Heal, and lost if the connection is given up before; new connections do not come about.
func (l *Client) Cut(d Direction) {
	l.service.locked(func() { l.cut |= d })
}

// Heal ends every cut. What was held back arrives in the order in which it was sent.
func (l *Client) Heal() {
	l.service.locked(func() {
		l.cut = 0
		for _, c := range slices.Clone(l.conns) {
			c.requests.pump()
			c.replies.pump()
		}
	})
}

// Delay sets how long messages take in that direction from now on. It may be anything: with too much, clients give up.
func (l *Client) Delay(d Direction, latency time.Duration) {
	l.service.locked(func() {
		for _, way := range []Direction{Requests, Replies} {
			if d&way != 0 {
				l.delay[way] = latency
			}
		}
	})
}

// Reset breaks the connections, and both ends know at once. New ones can be made.
func (l *Client) Reset() {
	l.service.locked(func() {
		for _, c := range slices.Clone(l.conns) {
			l.service.reset(c)
		}
	})
}

// LoseNextRequest makes the next call not reach the service, and breaks its connection. Pings and connect requests are no calls.
func (l *Client) LoseNextRequest() {
	l.service.locked(func() { l.loseRequest = true })
}

// LoseNextReply makes the next call take effect, but instead of a reply its connection breaks.
func (l *Client) LoseNextReply() {
	l.service.locked(func() { l.loseReply = true })
}

// pipe is one direction of one connection: first in, first out, each message after its time, none while the link is cut. All methods
// need the service's lock.
type pipe struct {
	session *Session
	way     Direction
	queue   []message // bounded: by the calls and watches of one session, and its pings
	alarm   *timer
}

type message struct {
	due    coord.Instant
	arrive func()
}

func (p *pipe) send(arrive func()) {
	due := p.session.now().Add(p.session.link.delay[p.way])
	if n := len(p.queue); n > 0 {
		due = max(due, p.queue[n-1].due)
	}
	p.queue = append(p.queue, message{due, arrive})
	p.pump()
}

// pump lets everything arrive that is due.
func (p *pipe) pump() {
	for len(p.queue) > 0 && p.session.link.cut&p.way == 0 {
		first := p.queue[0]
		if wait := first.due.Sub(p.session.now()); wait > 0 {
			if p.alarm == nil {
				p.alarm = p.session.timers.after(wait, func() { p.alarm = nil; p.pump() })
			}
			return
		}
		p.queue = slices.Delete(p.queue, 0, 1)
		first.arrive()
	}
}

// clear loses what is under way.
func (p *pipe) clear() {
	p.queue = nil
	p.alarm.cancel()
	p.alarm = nil
}

package simulate

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
	"github.com/hamaster/hamaster/ha/election"
)

// conn is a connection from a node to a server. Places are used again; an id tells the uses apart.
type conn struct {
	id      uint32 // of this use of the place
	node    int16
	server  int16
	phase   phase
	session coord.SessionID // as the server knows; 0 before
	timeout time.Duration   // as it was granted on this connection

	clientOpen, serverOpen bool

	up      pipe[request]
	down    pipe[response]
	waiting bool          // a write is under way to the leader: what comes after it waits
	backlog pipe[request] // what waits
	heard   coord.Instant // when the client last heard anything
}

// phase is how far the client is with a connection.
type phase uint8

const (
	greeting phase = iota // the connect request was sent
	arming                // the watches were sent
	serving
)

type requestKind uint8

const (
	askConnect requestKind = iota
	askPing
	askCall
	askWatches
	askClose
	hungUp // the client has closed the connection
	lost   // was lost on the way
)

// request is a message to a server.
type request struct {
	at      coord.Instant
	kind    requestKind
	fence   fence
	session coord.SessionID
	timeout time.Duration
	zxid    coord.Zxid
	call    election.Call
	watches []armed
}

// fence is what sets a role's transaction apart from the machine's calls.
type fence struct {
	token coord.Zxid // 0: it is none
	told  bool       // the role knew that its term was over
}

type responseKind uint8

const (
	saidConnected responseKind = iota
	saidExpired
	saidPong
	saidReply
	saidEvent
	saidArmed // the watches
	saidBye
	dropped // the server has closed the connection
	nothing // was lost on the way
)

// response is a message to a node.
type response struct {
	at      coord.Instant
	kind    responseKind
	session coord.SessionID
	timeout time.Duration
	zxid    coord.Zxid
	reply   reply
	event   coord.Event
}

// reply is what a call gives.
type reply struct {
	err   error
	path  string
	data  []byte
	names []string
	stat  coord.Stat
}

// placeBits is how many bits of a connection's id tell its place.
const placeBits = 10

// connOf returns the connection of that id, or nil if it is no more. 0 is none.
func (w *World) connOf(id uint32) *conn {
	if id == 0 {
		return nil
	}
	c := &w.conns[id&(1<<placeBits-1)]
	if c.id != id {
		return nil
	}
	return c
}

// connect returns the place of a new connection. It may move the others: no pointer to one may be held.
func (w *World) connect(node, server int16) *conn {
	if len(w.idle) == 0 {
		if len(w.conns) == 1<<placeBits {
			panic("simulate: too many connections")
		}
		w.conns = append(w.conns, conn{id: uint32(len(w.conns))})
		w.idle = append(w.idle, uint16(len(w.conns)-1))
	}
	c := &w.conns[w.idle[len(w.idle)-1]]
	w.idle = w.idle[:len(w.idle)-1]
	c.id += 1 << placeBits
	c.node, c.server, c.phase, c.session, c.timeout = node, server, greeting, 0, 0
	c.clientOpen, c.serverOpen, c.waiting = true, true, false
	return c
}

// recycle gives back the place of a connection that is closed on both sides.
func (w *World) recycle(c *conn) {
	if c.clientOpen || c.serverOpen {
		return
	}
	w.idle = append(w.idle, uint16(c.id&(1<<placeBits-1)))
	c.id += 1 << placeBits // whatever is still about it is late
	c.up.reset()
	c.down.reset()
	c.backlog.reset()
}

// delay is how long a message is on its way between a node and a server.
func (w *World) delay(n *node) time.Duration {
	d := w.near + w.near/4*time.Duration(w.choose.Choose(4, Delay))
	if w.now < n.slowUntil {
		d += w.timeout / 16 * time.Duration(1+w.choose.Choose(4, Delay))
	}
	return d
}

// ask puts a message to the server on its way, and returns it to be filled in.
func (w *World) ask(c *conn, kind requestKind) *request {
	r := c.up.next()
	r.at, r.kind = w.now.Add(w.delay(&w.nodes[c.node])), kind
	if !c.up.due {
		c.up.due = true
		w.at(r.at, evUp, c.node, c.id)
	}
	return r
}

// say puts a message to the client on its way, and returns it to be filled in.
func (w *World) say(c *conn, kind responseKind) *response {
	r := c.down.next()
	r.at, r.kind = w.now.Add(w.delay(&w.nodes[c.node])), kind
	if !c.down.due {
		c.down.due = true
		w.at(r.at, evDown, c.node, c.id)
	}
	return r
}

// deliver brings the first message of a pipe to where it belongs, if the link lets it.
func (w *World) deliver(e *event) {
	c := w.connOf(e.arg)
	if c == nil {
		return
	}
	l := &w.nodes[c.node].links[c.server]
	if e.kind == evUp {
		if w.now < l.upCut {
			w.at(l.upCut, evUp, e.who, e.arg)
			return
		}
		r := c.up.first()
		c.up.drop()
		if c.up.due = c.up.len() > 0; c.up.due {
			w.at(c.up.first().at, evUp, e.who, e.arg)
		}
		w.arrive(c, r)
		return
	}
	if w.now < l.downCut {
		w.at(l.downCut, evDown, e.who, e.arg)
		return
	}
	if w.putOff(e, c.node) {
		return
	}
	r := c.down.first()
	c.down.drop()
	if c.down.due = c.down.len() > 0; c.down.due {
		w.at(c.down.first().at, evDown, e.who, e.arg)
	}
	w.hear(c, r)
}

// hangUp closes the client's side. What is under way to the server gets there or does not; that the connection is closed it will
// hear in any case.
func (w *World) hangUp(c *conn) {
	if !c.clientOpen {
		return
	}
	c.clientOpen = false
	if c.serverOpen {
		if c.up.len() > 0 && w.choose.Choose(2, Mishap) != 0 {
			c.up.cut(1) // the event for the first is in the queue
			c.up.first().kind = lost
		}
		w.ask(c, hungUp)
	}
	w.lostConn(c)
	w.recycle(c)
}

// drop closes the server's side, likewise.
func (w *World) drop(c *conn) {
	if !c.serverOpen {
		return
	}
	s := &w.servers[c.server]
	s.watches.Drop(ztree.Watcher(c.id))
	c.serverOpen, c.waiting = false, false
	c.backlog.reset()
	if c.clientOpen {
		if c.down.len() > 0 && w.choose.Choose(2, Mishap) != 0 {
			c.down.cut(1)
			c.down.first().kind = nothing
		}
		w.say(c, dropped)
	}
	w.recycle(c)
}

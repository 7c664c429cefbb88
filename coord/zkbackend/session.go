package zkbackend

import (
	"context"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/lease"
)

// session is a coord.Session on a go-zookeeper connection of its own. That library connects, reconnects, pings, and encodes; the
// links below it tell what is true.
type session struct {
	cfg  Config
	log  hclog.Logger
	pool *pool

	conn   *zk.Conn
	events <-chan zk.Event // closed once go-zookeeper's main goroutine has ended
	slot   chan struct{}   // holds a token while a call is on its way through go-zookeeper to the wire
	window chan struct{}   // holds a token for each call that go-zookeeper is not done with

	dialing  context.Context // over when no server shall be dialled any more
	hangUp   context.CancelFunc
	farewell *farewell

	expired chan struct{}        // closed when the service does not know the session any more
	leaving chan context.Context // holds the context of Close, once
	told    error                // what Close returns; valid after done
	done    chan struct{}        // closed when nothing of the session runs any more
	runners sync.WaitGroup       // calls within go-zookeeper

	mu       sync.Mutex
	id       coord.SessionID // 0 until the first connection
	state    coord.State
	changed  chan struct{} // closed when the state is no longer that
	timeout  time.Duration // as negotiated last
	evidence lease.Evidence
	watches  watchTable
	zxid     coord.Zxid // the last seen in an answer
	trial    *link      // the connection that shakes hands
	link     *link      // the connection that serves; nil unless the state is Connected
	pending  []request  // sent on link and not answered, in order
	queued   *call      // the call on its way to the wire
	closing  bool       // Close was called
	over     bool       // the service has ended the session, or is not asked any more
	failure  error      // of the last attempt to connect
}

// maxCalls is how many calls may be under way at once, those that were given up included. ZooKeeper's servers take as many of all
// clients together (globalOutstandingLimit).
const maxCalls = 1000

// request is a call or ping on the wire.
type request struct {
	requestHead
	sent  coord.Instant
	basis coord.Instant // what it proves if it is a write that succeeds
	call  *call         // nil for a ping
}

// ID implements coord.Session.
func (s *session) ID() coord.SessionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Timeout implements coord.Session. It is what the server granted that was connected last.
func (s *session) Timeout() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timeout
}

// State implements coord.Session.
func (s *session) State() (coord.State, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.changed
}

// AliveUntil implements coord.Session.
func (s *session) AliveUntil() coord.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evidence.Until()
}

// RenewEvery implements coord.Session.
func (s *session) RenewEvery() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evidence.RenewEvery()
}

// Reconnect implements coord.Session. A handshake under way is left alone: it is the next server's.
func (s *session) Reconnect() {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil {
		_ = l.Close()
	}
}

// disconnect ends whatever connection there is.
func (s *session) disconnect() {
	s.mu.Lock()
	links := [...]*link{s.trial, s.link} // one at most, in fact
	s.mu.Unlock()
	for _, l := range links {
		if l != nil {
			_ = l.Close()
		}
	}
}

// setState changes the state, with mu held, and returns the channel to close once it is not.
func (s *session) setState(state coord.State) chan struct{} {
	was := s.changed
	s.state, s.changed = state, make(chan struct{})
	return was
}

// endWatches ends all watches, with the session and not by an event.
func (s *session) endWatches() {
	s.mu.Lock()
	all := s.watches.clear()
	s.mu.Unlock()
	for _, w := range all {
		w.end(coord.Event{}, false)
	}
}

// failed remembers why a server could not be used.
func (s *session) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
}

// lastFailure is why the last attempt to connect failed, or nil.
func (s *session) lastFailure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// isOver reports whether no server shall be asked any more.
func (s *session) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

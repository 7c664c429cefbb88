package zkserver

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

var (
	// ErrClosed is returned for what is asked of a server after Close.
	ErrClosed = errors.New("zkserver: server is closed")
	// ErrRemote refuses an address that other machines can reach, where Config.AllowRemote is not set.
	ErrRemote = errors.New("zkserver: other machines are not to reach it")
)

// Server is a running server. It is safe for concurrent use.
//
// One lock guards the whole state, which is pure and quick; no byte is read from or written to a peer while it is held. Every
// connection has a goroutine that reads and answers, and one that writes what has been answered and what has happened.
type Server struct {
	cfg      Config
	clock    *movable
	log      hclog.Logger
	listener net.Listener // nil without one
	wg       sync.WaitGroup

	startNow coord.Instant // the same moment as startMs, by the clock
	startMs  int64         // milliseconds since 1970

	mu     sync.Mutex
	closed bool

	stopped     bool // by Stop
	refusing    bool
	refuseUntil coord.Instant // 0 means until it is taken back
	cutAll      bool
	faults      []*Injected // never changed in place
	lastFault   int
	armed       atomic.Bool // whether there are faults; may be read without the lock
	history     history

	tree    *ztree.Tree
	watches ztree.Watches
	alive   ztree.Tracker
	txn     ztree.Txn
	journal ztree.Journal

	sessions    map[coord.SessionID]*session
	lastSession coord.SessionID
	conns       map[ztree.Watcher]*conn
	hosts       map[string]int // connections by the address they come from
	lastConn    ztree.Watcher
	rejected    int64 // connections that were one too many
	alarm       alarm
	sweepAt     coord.Instant // when to look for nodes that have outlived their use; 0 while there can be none
	stats       stats

	// Filled under the lock, and emptied by unlock once it is released.
	doomed  []*conn
	notices []ztree.Notice // only its memory is kept
	names   []string       // likewise
	event   []byte         // likewise
}

// Start starts a server that listens, and must be closed.
func Start(cfg Config) (*Server, error) {
	s, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if s.listener, err = listen(s.cfg); err != nil {
		return nil, err
	}
	s.wg.Go(s.accept)
	return s, nil
}

// New returns a server that does not listen: connections are given to it with ServeConn. It must be closed. Inside a testing/synctest
// bubble, where a listener would stop virtual time, this with net.Pipe is the one to use.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	now := time.Now()
	s := &Server{
		cfg:      cfg,
		clock:    &movable{Clock: cfg.Clock},
		log:      cfg.Logger,
		startNow: cfg.Clock.Now(),
		startMs:  now.UnixMilli(),
		alive:    ztree.NewTracker(int64(cfg.TickTime)),
		sessions: make(map[coord.SessionID]*session),
		conns:    make(map[ztree.Watcher]*conn),
		hosts:    make(map[string]int),
		history:  history{max: cfg.MaxLog},
		journal:  ztree.Journal{Keep: cfg.Journal},
	}
	s.history.grown.L = &s.mu
	if s.cfg.Zxid == 0 {
		s.cfg.Zxid = zxidAt(now)
	}
	s.tree = s.newTree(s.cfg.Zxid)
	s.lastSession = firstSession(s.cfg.Zxid)
	s.alarm = alarm{clock: s.clock, calls: &s.wg, ring: s.ring}
	return s, nil
}

// newTree is what a server starts with that has nothing on disk.
func (s *Server) newTree(zxid coord.Zxid) *ztree.Tree {
	return ztree.New(ztree.Options{Zxid: zxid, System: true, EnforceQuota: s.cfg.EnforceQuota})
}

// zxidAt is the number before the first of a server that starts then: a millisecond, and in the lower bits the microsecond within it. No server
// makes a million transactions a second for long, so one that starts later starts above; and until the year 2248 a zxid, which is a fencing token
// to some, is a number that JSON's readers keep exactly.
func zxidAt(start time.Time) coord.Zxid {
	const bits = 10
	return coord.Zxid(start.UnixMilli()<<bits | start.UnixMicro()%1000)
}

// listen opens the listener and keeps it on this machine unless the configuration allows otherwise.
func listen(cfg Config) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("zkserver: address %q: %w", cfg.Addr, err)
	}
	if !cfg.AllowRemote && !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("%w: address %q is not on the loopback interface", ErrRemote, cfg.Addr)
	}
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("zkserver: %w", err)
	}
	return l, nil
}

// Addr is the address that clients connect to, as host:port; empty without a listener.
func (s *Server) Addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Config is what the server was started with, with every 0 replaced by what it means.
func (s *Server) Config() Config { return s.cfg }

// Close ends the listener and all connections, without a word to the clients, and returns when nothing of the server runs any more.
// It may be called more than once; the error is nil but for one of closing the listener.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.alarm.cancel()
	s.history.grown.Broadcast()
	for _, c := range s.conns {
		s.rejoin(c)
		s.doom(c)
	}
	s.unlock()
	var err error
	if first && s.listener != nil {
		err = s.listener.Close()
	}
	s.wg.Wait()
	return err
}

// ms is the service's time of day at an instant, in milliseconds since 1970.
func (s *Server) ms(now coord.Instant) int64 {
	return s.startMs + now.Sub(s.startNow).Milliseconds()
}

// tell puts the last transaction into the journal, and sends its changes to whoever watches.
func (s *Server) tell() {
	s.journal.Add(s.tree, &s.txn)
	s.deliver(s.watches.Trigger(s.notices[:0], s.txn.Changes...))
}

func (s *Server) deliver(notices []ztree.Notice) {
	for _, n := range notices {
		c := s.conns[n.To]
		if c == nil || !n.MayReach(c.auth) {
			continue
		}
		s.event = wire.AppendEvent(s.event[:0], n.Event)
		c.countSent()
		e := Entry{Kind: Notified, Peer: c.peer, Zxid: s.tree.Zxid(), Event: n.Event.Type}
		if c.session != nil {
			e.Session = c.session.id
		}
		s.history.add(&e, s.ms(s.clock.Now()), 0, []byte(n.Event.Path))
		if !c.out.pushEvent(s.event) {
			s.doom(c)
		}
	}
	clear(notices)
	s.notices = notices[:0]
}

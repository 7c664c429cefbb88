package membackend

import (
	"slices"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// Service is a coordination service. Make it with [New], end it with Close. It is safe for concurrent use.
//
// One lock guards the service, its links and its sessions; it is only ever held for a moment. What a session receives is put into
// the session's inbox under the lock, and carried out without it: see [Service.release].
type Service struct {
	cfg    Config
	closer sync.Once

	mu       sync.Mutex
	tree     *ztree.Tree
	watches  ztree.Watches
	tracker  ztree.Tracker
	txn      ztree.Txn
	journal  ztree.Journal
	notices  []ztree.Notice
	attached map[coord.SessionID]*conn // which connection speaks for a session
	watchers map[ztree.Watcher]*conn   // the same ones, by number
	clients  []*Client
	sessions map[*Session]struct{} // those not yet over, as their owners see it
	ready    []*Session            // those with something in the inbox that nobody carries out yet
	lastID   coord.SessionID
	lastConn ztree.Watcher
	down     bool
	closed   bool
	timers   timers
	expiry   *timer
	expiryAt int64
}

// New starts a service with an empty tree.
func New(cfg Config) (*Service, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	v := &Service{
		cfg:      cfg,
		tree:     ztree.New(ztree.Options{System: true}),
		tracker:  ztree.NewTracker(int64(cfg.Tick)),
		attached: map[coord.SessionID]*conn{},
		watchers: map[ztree.Watcher]*conn{},
		sessions: map[*Session]struct{}{},
		journal:  ztree.Journal{Keep: cfg.Journal},
	}
	v.timers.service = v
	v.txn.Auth = []ztree.Identity{{Scheme: "ip", ID: "127.0.0.1"}}
	return v, nil
}

// Client returns a client with a link of its own. The name is for those who read a test's output.
func (v *Service) Client(name string) *Client {
	l := &Client{service: v, name: name, delay: map[Direction]time.Duration{Requests: v.cfg.Latency, Replies: v.cfg.Latency}}
	v.locked(func() { v.clients = append(v.clients, l) })
	return l
}

// Expire ends a session at once, as if it had been silent for too long. Its owner learns of it when the link allows. It reports
// whether there was such a session.
func (v *Service) Expire(id coord.SessionID) (found bool) {
	v.locked(func() {
		if _, found = v.tree.Session(id); found {
			v.expire(id)
		}
	})
	return found
}

// Down makes the service unavailable until Up, as while an ensemble elects its leader: connections break, none can be made, and no
// session expires.
func (v *Service) Down() {
	v.locked(func() {
		v.down = true
		v.eachConn(v.hangUp)
	})
}

// Up ends what Down began. Every session is given its whole timeout again.
func (v *Service) Up() {
	v.locked(func() {
		v.down = false
		for id := range v.tree.Sessions {
			v.tracker.Add(id, int64(v.cfg.SessionTimeout), v.now())
		}
		v.watchExpiry()
	})
}

// Tree returns a copy of the service's state.
func (v *Service) Tree() (t *ztree.Tree) {
	v.locked(func() { t = v.tree.Clone() })
	return t
}

// Journal returns what the service has committed after a transaction, the oldest first, and whether that is all: Config.Journal says how
// many are kept. Where the last one's zxid is given next, nothing is missed and nothing comes twice.
func (v *Service) Journal(after coord.Zxid) (commits []ztree.Commit, all bool) {
	v.locked(func() { commits, all = v.journal.Since(after) })
	return commits, all
}

// Close ends the service. Sessions that are not over become Closed. When it returns, nothing of the service or its sessions is
// running any more.
func (v *Service) Close() {
	v.closer.Do(func() {
		var left []*Session
		v.locked(func() {
			v.closed = true
			v.timers.close()
			for s := range v.sessions {
				left = append(left, s)
			}
		})
		for _, s := range left {
			s.finish(coord.Closed)
		}
		v.timers.wait()
	})
}

// locked runs f with the lock held, and then carries out what f gave sessions to do.
func (v *Service) locked(f func()) {
	v.mu.Lock()
	f()
	v.release()
}

// release unlocks, and then carries out what sessions have received meanwhile. Each session's inbox is emptied in order by one
// goroutine at a time, whichever comes first: so that what one session sees has an order, although nobody holds the lock while
// channels are closed, and although there is no goroutine that would have to be woken.
func (v *Service) release() {
	ready := v.ready
	v.ready = nil
	v.mu.Unlock()
	for _, s := range ready {
		s.emptyInbox()
	}
}

func (v *Service) now() int64 { return int64(v.cfg.Clock.Now()) }

func (v *Service) eachConn(f func(*conn)) {
	for _, l := range v.clients {
		for _, c := range slices.Clone(l.conns) {
			f(c)
		}
	}
}

// expire ends a session that is there, and hangs up on its client.
func (v *Service) expire(id coord.SessionID) {
	c := v.attached[id]
	v.endSession(id)
	if c != nil {
		v.hangUp(c)
	}
}

// endSession removes a session and its ephemeral nodes. The session itself is not told of these: its watches end with it.
func (v *Service) endSession(id coord.SessionID) {
	if c := v.attached[id]; c != nil {
		v.watches.Drop(c.id)
	}
	v.tracker.Remove(id)
	v.write(0, func(x *ztree.Txn) error { return v.tree.CloseSession(x, id) })
}

// write runs one transaction for a session, and tells the watchers of what it changed.
func (v *Service) write(id coord.SessionID, do func(x *ztree.Txn) error) error {
	v.txn.Session, v.txn.Now = id, v.now()/int64(time.Millisecond)
	err := do(&v.txn)
	v.journal.Add(v.tree, &v.txn)
	v.notices = v.watches.Trigger(v.notices[:0], v.txn.Changes...)
	v.notify(v.notices)
	return err
}

func (v *Service) notify(notices []ztree.Notice) {
	for _, n := range notices {
		if n.MayReach(v.txn.Auth) { // everybody comes from the same address
			v.watchers[n.To].sendEvent(n.Event)
		}
	}
}

// watchExpiry sets the alarm for the first session to expire. While it is set, deadlines only move away: it rings too early at worst.
func (v *Service) watchExpiry() {
	next, ok := v.tracker.Next()
	if !ok || v.expiry != nil && v.expiryAt <= next {
		return
	}
	v.expiry.cancel()
	v.expiryAt = next
	v.expiry = v.timers.after(time.Duration(next-v.now()), func() {
		v.expiry = nil
		if v.down {
			return // Up sets it again.
		}
		for _, id := range v.tracker.Expire(nil, v.now()) {
			v.expire(id)
		}
		v.watchExpiry()
	})
}

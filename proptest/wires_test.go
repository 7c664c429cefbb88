package proptest

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
)

// wired is the embedded server, and the unmodified go-zookeeper in front of it.
type wired struct {
	*zkserver.Server
	admin coord.Session // on a link that nothing happens to
	tick  time.Duration // as the clients know it

	mu    sync.Mutex
	links []*wires
}

func newWired(tick time.Duration, known bool) (*wired, error) {
	server, err := zkserver.New(zkserver.Config{TickTime: tick, Journal: kept})
	if err != nil {
		return nil, err
	}
	w := &wired{Server: server}
	if known {
		w.tick = tick
	}
	if w.admin, err = w.client("").Open(context.Background()); err != nil {
		_ = server.Close()
		return nil, err
	}
	w.links = nil
	return w, nil
}

func (w *wired) client(string) link {
	l := &wires{server: w.Server, open: map[*wire]bool{}}
	backend, err := zkbackend.New(zkbackend.Config{Servers: []string{"pipe:1"}, SessionTimeout: timeout, Tick: w.tick, Dial: l.dial})
	if err != nil {
		panic(err) // the configuration is a constant
	}
	l.backend = backend
	w.mu.Lock()
	defer w.mu.Unlock()
	w.links = append(w.links, l)
	return l
}

// Down makes the server refuse everybody but the administrator. Unlike those of an ensemble without a leader, sessions expire meanwhile.
func (w *wired) Down() { w.each((*wires).sever) }

// Up ends that.
func (w *wired) Up() { w.each((*wires).mend) }

func (w *wired) each(f func(*wires)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.links {
		f(l)
	}
}

func (w *wired) Close() {
	_ = w.admin.Close(context.Background())
	_ = w.Server.Close()
}

func (w *wired) Expire(id coord.SessionID) bool { return w.ExpireSession(id) }

func (w *wired) sessions() map[coord.SessionID]bool {
	all := map[coord.SessionID]bool{}
	for _, id := range w.Sessions() {
		all[id] = true
	}
	return all
}

func (w *wired) nodes() map[string]coord.SessionID {
	all := map[string]coord.SessionID{}
	names, _, _, err := w.admin.Children(context.Background(), path, false)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if stat, _, err := w.admin.Exists(context.Background(), path+"/"+name, false); err == nil && stat.Czxid != 0 {
			all[name] = stat.EphemeralOwner
		}
	}
	return all
}

func (w *wired) zxid() coord.Zxid {
	stat, err := w.admin.Set(context.Background(), "/", nil, coord.AnyVersion)
	if err != nil {
		panic(err) // nothing happens to the administrator's link
	}
	return stat.Mzxid
}

// wires makes connections to a server out of pipes, so that a bubble's time can pass.
type wires struct {
	server  *zkserver.Server
	backend coord.Backend

	mu      sync.Mutex
	refused bool
	cut     membackend.Direction
	open    map[*wire]bool
	last    coord.SessionID
	faults  []*zkserver.Injected
}

// Open implements coord.Backend.
func (w *wires) Open(ctx context.Context) (coord.Session, error) {
	s, err := w.backend.Open(ctx)
	if err == nil {
		w.mu.Lock()
		w.last = s.ID()
		w.mu.Unlock()
	}
	return s, err
}

func (w *wires) dial(_ context.Context, _, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused {
		return nil, &net.AddrError{Err: "cut", Addr: addr}
	}
	client, server := net.Pipe()
	c := &wire{Conn: client, wires: w}
	if w.open == nil {
		w.open = map[*wire]bool{}
	}
	w.open[c] = true
	return c, w.server.ServeConn(server)
}

// sever breaks all connections and refuses new ones.
func (w *wires) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = true
	w.hangUp(func(*wire) bool { return true })
}

func (w *wires) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = false
}

// hangUp breaks the connections of that kind. The lock is held.
func (w *wires) hangUp(kind func(*wire) bool) {
	for c := range w.open {
		if kind(c) {
			_ = c.Conn.Close()
			delete(w.open, c)
		}
	}
}

// Cut makes the wires silent. What is sent meanwhile is lost, and with it, at Heal, the connection.
func (w *wires) Cut(d membackend.Direction) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut |= d
}

// Heal ends all that was done to the wires.
func (w *wires) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut, w.refused = 0, false
	w.hangUp(func(c *wire) bool { return c.lossy != 0 })
	w.lift()
}

// lift removes the faults of calls. The lock is held.
func (w *wires) lift() {
	for _, f := range w.faults {
		f.Remove()
	}
	w.faults = nil
}

// Reset breaks all connections.
func (w *wires) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hangUp(func(*wire) bool { return true })
}

func (w *wires) LoseNextReply()   { w.inject(zkserver.Fault{Do: zkserver.LoseReply}) }
func (w *wires) LoseNextRequest() { w.inject(zkserver.Fault{Do: zkserver.LoseRequest}) }

// Delay makes calls of the present session slow, but not pings.
func (w *wires) Delay(d membackend.Direction, delay time.Duration) {
	if delay == 0 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lift()
		return
	}
	f := zkserver.Fault{Times: zkserver.Always}
	if d&membackend.Requests != 0 {
		f.Delay = delay
	}
	if d&membackend.Replies != 0 {
		f.DelayReply = delay
	}
	w.inject(f)
}

func (w *wires) inject(f zkserver.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Session = w.last; f.Session == 0 {
		return
	}
	in, err := w.server.Inject(f)
	if err != nil {
		panic(err) // the faults are possible ones
	}
	w.faults = append(w.faults, in)
}

// wire is one connection.
type wire struct {
	net.Conn
	wires *wires
	lossy membackend.Direction // something was lost in that direction: nothing gets through any more
}

// lost reports whether what goes in that direction is lost.
func (c *wire) lost(d membackend.Direction) bool {
	c.wires.mu.Lock()
	defer c.wires.mu.Unlock()
	c.lossy |= c.wires.cut & d
	return c.lossy&d != 0
}

func (c *wire) Write(p []byte) (int, error) {
	if c.lost(membackend.Requests) {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *wire) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.lost(membackend.Replies) {
			return n, err
		}
	}
}

func (c *wire) Close() error {
	c.wires.mu.Lock()
	delete(c.wires.open, c)
	c.wires.mu.Unlock()
	return c.Conn.Close()
}

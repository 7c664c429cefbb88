package zkbackend

import (
	"math/rand/v2"
	"slices"
	"time"
)

// pool decides which server is tried next, for how long, and after which pause. It is used by go-zookeeper's connecting goroutine
// and by those that this starts and joins, so it needs no lock.
//
// It takes part as go-zookeeper's HostProvider, but never asks for that library's own pause between rounds: a whole second, in
// which a session of two seconds is as good as lost.
type pool struct {
	servers []string
	next    int
	timeout time.Duration // of the session
	fails   int           // attempts since a server last served: for the pauses
	misses  int           // attempts since a handshake last succeeded: for the patience
}

const (
	maxPatience = time.Second
	minPause    = 10 * time.Millisecond
	maxPause    = 500 * time.Millisecond
)

func newPool(servers []string, timeout time.Duration) *pool {
	p := &pool{servers: slices.Clone(servers), timeout: timeout}
	rand.Shuffle(len(p.servers), func(i, j int) { p.servers[i], p.servers[j] = p.servers[j], p.servers[i] })
	return p
}

// Init is part of zk.HostProvider. The servers are known already.
func (p *pool) Init([]string) error { return nil }

// Len is part of zk.HostProvider.
func (p *pool) Len() int { return len(p.servers) }

// Connected is part of zk.HostProvider. See greeted.
func (p *pool) Connected() {}

// Next is part of zk.HostProvider. The server that was lost last comes round last.
func (p *pool) Next() (server string, retryStart bool) {
	server = p.servers[p.next]
	p.next = (p.next + 1) % len(p.servers)
	return server, false
}

// attempt counts an attempt to connect, and returns how long to wait before it and how long it may take.
//
// The first attempt after a loss, and each that goes to a server not tried since, is made at once. An attempt may take so long
// that the mute servers which an ensemble survives, beside the one just lost, together cost a sixth of the session timeout:
// silence is noticed at two thirds, and a healthy server must be reached in time. When nobody was found so, the servers may
// merely be slow, and get longer from round to round.
func (p *pool) attempt() (pause, patience time.Duration) {
	n := len(p.servers)
	if p.fails >= n && p.fails%n == 0 {
		pause = p.pause(p.fails / n)
	}
	survivable := max(1, (n-1)/2-1)
	patience = min(p.timeout/6/time.Duration(survivable), maxPatience)
	patience = max(patience, time.Millisecond) << min(p.misses/n, 10)
	p.fails++
	p.misses++
	return pause, min(patience, max(p.timeout/2, time.Millisecond))
}

// pause is the wait before a round after the first: growing, and of chance, so that the clients of a server that comes back do not
// come all at once.
func (p *pool) pause(round int) time.Duration {
	longest := min(maxPause, p.timeout/12)
	d := min(minPause<<min(round-1, 10), longest)
	return d/2 + rand.N(d/2+1)
}

// greeted notes that a server shook hands.
func (p *pool) greeted(timeout time.Duration) { p.misses, p.timeout = 0, timeout }

// served notes that a server did more than that. Until then it may be one that drops each connection that it has accepted.
func (p *pool) served() { p.fails = 0 }

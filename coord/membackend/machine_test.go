package membackend_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

// machine is a service and its naive twin, driven alike: one thing at a time, after each of which they must be the same.
type machine struct {
	t       *rapid.T
	ctx     context.Context
	service *membackend.Service
	naive   *naive
	users   []*user
}

// user has one session after the other.
type user struct {
	link        *membackend.Client
	session     coord.Session
	state       coord.State   // as the user is to see it
	silent      coord.Instant // since when the service cannot hear of it, if it cannot
	cut         bool          // the link
	closed      bool          // by the user
	forced      bool          // the session was ended on demand: AliveUntil says nothing about that
	loseRequest bool
	loseReply   bool
}

const machineTick = timeout / 10

// Whatever happens, in any order: what calls return, what watches tell, which sessions live, and each node with its numbers, are what the
// naive twin says.
func TestServiceDoesWhatItsNaiveTwinDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Only the common methods: asking for the deadline is not allowed in a bubble.
		common := struct{ testing.TB }{t}
		rapid.Check(common, func(t *rapid.T) {
			m := newMachine(t)
			defer m.service.Close()
			for range 3 { // one is of some thirty steps
				t.Repeat(map[string]func(*rapid.T){"act": m.act, "": m.compare})
			}
		})
	})
}

// act does one thing, the common ones more often.
func (m *machine) act(*rapid.T) {
	draw(m.t, "action", []func(){
		m.write, m.write, m.write, m.write, m.write, m.write, m.write, m.multi, m.multi, m.read, m.watch, m.watch, m.watch, m.watch, m.watch,
		m.watch, m.watch, m.partition, m.goSilent, m.heal, m.heal, m.heal, m.heal, m.expire, m.close, m.lose, m.advance, m.outage,
		m.reconnect, m.wait, m.overtake,
	})()
}

// draw is one of several, each as likely as the others: package rapid's own choices prefer what comes first.
func draw[T any](t *rapid.T, label string, from []T) T {
	n := rapid.Custom(func(t *rapid.T) (n int) {
		for range 6 {
			n <<= 1
			if rapid.Bool().Draw(t, "bit") {
				n |= 1
			}
		}
		return n
	}).Draw(t, label)
	return from[n*len(from)/64]
}

func newMachine(t *rapid.T) *machine {
	service, err := membackend.New(membackend.Config{SessionTimeout: timeout, Tick: machineTick})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, ctx: context.Background(), service: service, naive: newNaive()}
	for range 3 {
		u := &user{link: service.Client("")}
		m.users = append(m.users, u)
		m.open(u)
	}
	m.carryOut(m.users[0], coord.CreateOp("/a", nil, coord.Persistent)) // for the walk to have something to meet at
	return m
}

func (m *machine) open(u *user) {
	session, err := u.link.Open(m.ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	u.session, u.state, u.forced, u.closed = session, coord.Connected, false, false
	m.naive.open(session.ID())
}

func (m *machine) any() *user { return draw(m.t, "user", m.users) }

// partition breaks the connection, and lets no other come about.
func (m *machine) partition() {
	u := m.any()
	m.cut(u)
	u.link.Reset()
	m.suspend(u)
}

// goSilent is a partition that nobody is told of: it is noticed by the silence.
func (m *machine) goSilent() {
	u := m.any()
	if u.state != coord.Connected {
		return
	}
	m.sync(u)
	m.cut(u)
	m.leaves(u)
	m.pass(timeout/3*2 + moment)
	m.suspend(u)
}

func (m *machine) cut(u *user) {
	u.link.Cut(membackend.Both)
	u.cut = true
}

// leaves is the moment from which the service and the user do not hear of each other.
func (m *machine) leaves(u *user) {
	if id := u.session.ID(); !m.naive.away[id] {
		m.naive.away[id], u.silent = true, clock.Now()
	}
}

func (m *machine) suspend(u *user) {
	if !u.state.Final() {
		m.leaves(u)
		u.state = coord.Suspended
	}
}

// heal lets a client come back, or learn that it is too late, or take another session where it knows.
func (m *machine) heal() {
	u := m.any()
	m.comeBack(u)
	if u.state.Final() {
		m.end(u)
		m.open(u)
	}
}

func (m *machine) comeBack(u *user) {
	u.link.Heal()
	u.cut = false
	m.pass(timeout / 10) // until the client tries again
	m.arrive(u)
}

// arrive is what a user finds whose link lets it try again.
func (m *machine) arrive(u *user) {
	id := u.session.ID()
	switch {
	case u.state != coord.Suspended || u.cut:
	case m.naive.sessions[id]:
		u.state = coord.Connected
		m.naive.returns(id)
	default:
		u.state = coord.Expired
		m.naive.forget(id)
	}
}

func (m *machine) expire() {
	u := m.any()
	id := u.session.ID()
	if found := m.service.Expire(id); found != m.naive.sessions[id] {
		m.failf("Expire(%v) reports %v", id, found)
	}
	if m.naive.sessions[id] {
		u.forced = true
		m.ended(u)
	}
}

// ended is the end of a session at the service.
func (m *machine) ended(u *user) {
	m.naive.end(u.session.ID())
	if u.state == coord.Connected {
		u.state = coord.Expired
		m.naive.forget(u.session.ID())
	}
}

// close ends a session by its owner's wish, which waits for a connection: so not while there is none.
func (m *machine) close() {
	if u := m.any(); u.state != coord.Suspended {
		m.end(u)
	}
}

func (m *machine) end(u *user) {
	if err := u.session.Close(m.ctx); err != nil {
		m.failf("Close: %v", err)
	}
	u.closed = true
	if u.state == coord.Connected {
		u.loseRequest, u.loseReply = false, false // it was a call, made until it got through
		m.naive.end(u.session.ID())
		m.naive.forget(u.session.ID())
		u.state = coord.Closed
	}
}

func (m *machine) lose() {
	u := m.any()
	if rapid.Bool().Draw(m.t, "request") {
		u.link.LoseNextRequest()
		u.loseRequest = true
		return
	}
	u.link.LoseNextReply()
	u.loseReply = true
}

// reconnect changes the connection under a session, which nobody must notice.
func (m *machine) reconnect() { m.any().session.Reconnect() }

func (m *machine) advance() {
	m.pass(timeout * time.Duration(draw(m.t, "tenths", []int{1, 3, 20})) / 10)
}

// outage is a service without a leader for a while: nobody is heard, and nobody expires.
func (m *machine) outage() {
	m.service.Down()
	for _, u := range m.users {
		m.suspend(u)
	}
	m.compare(nil)
	time.Sleep(timeout * time.Duration(rapid.IntRange(0, 20).Draw(m.t, "tenths")) / 10)
	m.service.Up()
	for _, u := range m.users {
		u.silent = clock.Now()
	}
	m.pass(timeout / 10)
	for _, u := range m.users {
		m.arrive(u)
	}
}

// pass lets time pass, in steps in which at most one round of sessions expires.
func (m *machine) pass(d time.Duration) {
	for d > 0 {
		step := min(d, machineTick/2)
		d -= step
		time.Sleep(step)
		synctest.Wait()
		m.adopt()
	}
}

// adopt ends the sessions that the service has ended because it heard nothing: those of whom it may have, and must by now.
func (m *machine) adopt() {
	tree := m.service.Tree()
	byID := slices.SortedFunc(slices.Values(m.users), func(a, b *user) int { return int(a.session.ID() - b.session.ID()) })
	for _, u := range byID {
		id := u.session.ID()
		if !m.naive.sessions[id] {
			continue
		}
		_, known := tree.Session(id)
		silent := m.naive.away[id]
		switch since := clock.Now().Sub(u.silent); {
		case !known && !silent:
			m.failf("session %v has expired, but it was never silent", id)
		case !known && since < timeout-timeout/3: // a ping may have been due
			m.failf("session %v has expired after %v", id, since)
		case known && u.cut && silent && since > timeout+machineTick:
			m.failf("session %v lives after %v of silence", id, since)
		case !known:
			m.ended(u)
		}
	}
}

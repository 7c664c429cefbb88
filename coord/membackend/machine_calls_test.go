package membackend_test

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

// outcome is what becomes of a call before the tree is even asked.
type outcome struct {
	arrives bool  // it takes effect, or finds what there is to be found
	fails   error // instead of an answer; nil for none
}

// send is what becomes of a user's next call.
func (m *machine) send(u *user) outcome {
	m.naive.now = int64(clock.Now()) / 1e6
	switch {
	case u.state == coord.Suspended:
		return outcome{fails: coord.ErrConnectionLoss}
	case u.closed: // also if it has expired before
		return outcome{fails: coord.ErrClosed}
	case u.state == coord.Expired:
		return outcome{fails: coord.ErrSessionExpired}
	case u.loseRequest:
		u.loseRequest = false
		return outcome{fails: coord.ErrConnectionLoss}
	case u.loseReply:
		u.loseReply = false
		return outcome{arrives: true, fails: coord.ErrConnectionLoss}
	}
	return outcome{arrives: true}
}

// sent checks what a call that has succeeded says of its session.
func (m *machine) sent(u *user, err error) {
	if alive := u.session.AliveUntil(); err == nil && alive != clock.Now().Add(timeout) {
		m.failf("a call at %d succeeded, AliveUntil is %d", clock.Now(), alive)
	}
}

func (m *machine) sync(u *user) {
	o := m.send(u)
	err := u.session.Sync(m.ctx, "/")
	m.same("sync", nil, nil, err, o.fails)
	m.sent(u, err)
}

// write makes one call that changes something.
func (m *machine) write() {
	u, op := m.any(), m.op()
	if op.Type == coord.OpCheck {
		op = coord.SetOp(op.Path, nil, op.Version) // a check is only part of a transaction
	}
	m.carryOut(u, op)
}

func (m *machine) carryOut(u *user, op coord.Op) {
	o := m.send(u)
	want, _, wantErr := m.expect(u, o, []coord.Op{op})
	var got coord.Result
	var err error
	switch op.Type {
	case coord.OpCreate:
		got.Path, err = u.session.Create(m.ctx, op.Path, op.Data, op.Mode)
	case coord.OpSet:
		got.Stat, err = u.session.Set(m.ctx, op.Path, op.Data, op.Version)
	case coord.OpDelete:
		err = u.session.Delete(m.ctx, op.Path, op.Version)
	}
	m.same(op, []coord.Result{got}, want, err, wantErr)
	m.named(err, op.Path, 0)
	m.sent(u, err)
}

func (m *machine) multi() {
	u, ops := m.any(), make([]coord.Op, rapid.IntRange(0, 4).Draw(m.t, "size"))
	for i := range ops {
		ops[i] = m.op()
	}
	o := m.send(u)
	want, refused, wantErr := m.expect(u, o, ops)
	got, err := u.session.Multi(m.ctx, ops...)
	m.same(ops, got, want, err, wantErr)
	if o.fails == nil && wantErr != nil {
		m.named(err, ops[refused].Path, refused)
	}
	m.sent(u, err)
}

// wait makes a call whose request, or whose reply, is held up on the way, for a time that nobody takes for an end.
func (m *machine) wait() {
	u, ops := m.any(), []coord.Op{m.op()}
	if u.state != coord.Connected || u.loseRequest || u.loseReply {
		return
	}
	way := draw(m.t, "way", []membackend.Direction{membackend.Requests, membackend.Replies, membackend.Both})
	u.link.Cut(way)
	var got []coord.Result
	sent := clock.Now()
	call := start(func() (err error) {
		got, err = u.session.Multi(m.ctx, ops...)
		return err
	})
	var want []coord.Result
	var wantErr error
	arrive := func() { want, _, wantErr = m.expect(u, m.send(u), ops) }
	if way == membackend.Replies {
		arrive()
		m.pass(timeout / 6)
	} else {
		m.pass(timeout / 6)
		arrive()
	}
	u.link.Heal()
	err := <-call
	m.same(ops, got, want, err, wantErr)
	// The service may have heard of it as early as it was sent, and of nothing later.
	if alive := u.session.AliveUntil(); err == nil && alive != sent.Add(timeout) {
		m.failf("a call sent at %d succeeded, AliveUntil is %d", sent, alive)
	}
}

// overtake makes a call that is still on its way when the session takes another connection. It must not arrive behind the first call there.
func (m *machine) overtake() {
	u, ops := m.any(), []coord.Op{m.op()}
	if u.state != coord.Connected || u.loseRequest || u.loseReply {
		return
	}
	u.link.Delay(membackend.Requests, 10*moment)
	call := start(func() error { return second(u.session.Multi(m.ctx, ops...)) })
	u.link.Delay(membackend.Requests, 0)
	u.session.Reconnect()
	m.same(ops, nil, nil, <-call, coord.ErrConnectionLoss)
	m.pass(10 * moment)
}

// expect lets the twin do what a call is to do: the results, or the number of the operation that is refused and the error.
func (m *machine) expect(u *user, o outcome, ops []coord.Op) (results []coord.Result, refused int, err error) {
	if o.arrives {
		results, refused, err = m.naive.write(u.session.ID(), ops)
	}
	if o.fails != nil {
		return nil, 0, o.fails
	}
	return results, refused, err
}

// named checks that an error says what it is about.
func (m *machine) named(err error, path string, index int) {
	if e := (*coord.Error)(nil); err != nil && (!errors.As(err, &e) || e.Path != path || e.Index != index) {
		m.failf("%v is not about %s, number %d", err, path, index)
	}
}

func (m *machine) read()  { m.look(false) }
func (m *machine) watch() { m.look(true) }

// look makes one of the reads.
func (m *machine) look(watch bool) {
	u, path := m.any(), m.path()
	o := m.send(u)
	n, found := m.naive.nodes[path]
	wantErr := o.fails
	if wantErr == nil && !found {
		wantErr = coord.ErrNoNode
	}
	w := &naiveWatch{by: u.session.ID(), path: path}
	var err error
	switch draw(m.t, "read", []int{0, 1, 2}) {
	case 0:
		var stat coord.Stat
		stat, w.real, err = u.session.Exists(m.ctx, path, watch)
		m.same("exists "+path, stat, m.naive.stat(path), err, wantErr)
		if !found {
			w.kind = ofMissing
		}
		found = true // in both cases there is something to watch
	case 1:
		var data []byte
		var stat coord.Stat
		data, stat, w.real, err = u.session.Get(m.ctx, path, watch)
		m.same("get "+path, data, n.data, err, wantErr)
		m.same("get "+path, stat, m.naive.stat(path), err, wantErr)
	case 2:
		var names []string
		var stat coord.Stat
		names, stat, w.real, err = u.session.Children(m.ctx, path, watch)
		slices.Sort(names)
		m.same("children "+path, names, m.naive.children(path), err, wantErr)
		m.same("children "+path, stat, m.naive.stat(path), err, wantErr)
		w.kind = ofChildren
	}
	m.named(err, path, 0)
	if armed := watch && o.fails == nil && found; (w.real != nil) != armed {
		m.failf("reading %s: armed %v, want %v", path, w.real != nil, armed)
	} else if armed {
		m.naive.watches = append(m.naive.watches, w)
	}
	m.sent(u, err)
}

// path is of a node that is there, or of one that could be.
func (m *machine) path() string {
	there := slices.DeleteFunc(slices.Sorted(maps.Keys(m.naive.nodes)), func(path string) bool { return strings.HasPrefix(path, "/zookeeper") })
	return draw(m.t, "path", draw(m.t, "there", [][]string{
		{"/a", "/a", "/a/x", "/b", "/a/x/deep", "/s-0000000001", "/a/s-0000000000"}, there, there,
	}))
}

func (m *machine) op() coord.Op {
	path := m.path()
	data := draw(m.t, "data", [][]byte{nil, []byte("x"), []byte("yy")})
	version := draw(m.t, "version", []int32{-1, -1, -1, 0, 1, -2})
	switch draw(m.t, "op", []int{0, 1, 2, 3, 4, 5, 6, 7}) {
	case 0, 1, 2:
		return coord.CreateOp(path, data, draw(m.t, "mode", []coord.CreateMode{coord.Persistent, coord.Ephemeral}))
	case 3:
		prefix := draw(m.t, "prefix", []string{"/s-", "/a/s-"})
		return coord.CreateOp(prefix, data, draw(m.t, "mode", []coord.CreateMode{2, 3}))
	case 4:
		return coord.SetOp(path, data, version)
	case 5, 6:
		if path == "/" {
			path = "/b" // nobody can delete the root
		}
		return coord.DeleteOp(path, version)
	}
	return coord.CheckOp(path, version)
}

package membackend_test

import (
	"errors"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
)

// compare holds everything that can be seen against the twin.
func (m *machine) compare(*rapid.T) {
	synctest.Wait()
	m.adopt()
	tree := m.service.Tree()
	if tree.Zxid() != m.naive.zxid || tree.Len() != len(m.naive.nodes) {
		m.failf("zxid %v and %d nodes, want %v and %d", tree.Zxid(), tree.Len(), m.naive.zxid, len(m.naive.nodes))
	}
	for path, n := range m.naive.nodes {
		data, stat, err := tree.Get(path, nil)
		if err != nil || string(data) != string(n.data) || stat != m.naive.stat(path) {
			m.failf("%s is %q, %+v, %v\nwant %q, %+v", path, data, stat, err, n.data, m.naive.stat(path))
		}
	}
	for i, u := range m.users {
		id := u.session.ID()
		state, _ := u.session.State()
		if state != u.state {
			m.failf("user %d is %v, want %v", i, state, u.state)
		}
		if _, known := tree.Session(id); known != m.naive.sessions[id] {
			m.failf("the service knows user %d's session: %v", i, known)
		} else if !known && !u.forced && state != coord.Closed && clock.Now() < u.session.AliveUntil() {
			m.failf("user %d's session has ended %v before AliveUntil", i, u.session.AliveUntil().Sub(clock.Now()))
		}
	}
	for _, w := range m.naive.watches {
		m.compareWatch(w)
	}
}

func (m *machine) compareWatch(w *naiveWatch) {
	over := false
	select {
	case <-w.real.Done():
		over = true
	default:
	}
	if e, told := w.real.Event(); over != w.over || told != w.told || e != w.event {
		m.failf("session %v's watch on %s: over %v, told %v %+v\nwant over %v, told %v %+v", w.by, w.path, over, told, e,
			w.over, w.told, w.event)
	}
}

// failf always fails with the same words: only failures that say the same are taken for the same when a walk is shrunk.
func (m *machine) failf(format string, args ...any) {
	m.t.Helper()
	m.t.Logf(format, args...)
	m.t.Fatal("the service and its twin differ")
}

// same compares an answer with the twin's.
func (m *machine) same(what any, got, want any, err, wantErr error) {
	m.t.Helper()
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) {
		m.failf("%+v: %v, want %v", what, err, wantErr)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err == nil && diff != "" {
		m.failf("%+v: (- want, + got)\n%s", what, diff)
	}
}

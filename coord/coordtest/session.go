package coordtest

import (
	"bytes"
	"errors"

	"github.com/hamaster/hamaster/coord"
)

// session is a coord.Session whose lower case methods end the check when a call that must succeed does not. They are for the
// check's own goroutine only.
type session struct {
	coord.Session
	env  *env
	link Client
}

func (s *session) create(path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) string {
	s.env.Helper()
	got, err := s.Create(s.env.context(), path, data, mode, acl...)
	s.must(err)
	return got
}

func (s *session) stat(path string) coord.Stat {
	s.env.Helper()
	stat, _, err := s.Exists(s.env.context(), path, false)
	s.must(err)
	return stat
}

func (s *session) get(path string) ([]byte, coord.Stat) {
	s.env.Helper()
	data, stat, _, err := s.Get(s.env.context(), path, false)
	s.must(err)
	return data, stat
}

func (s *session) children(path string) []string {
	s.env.Helper()
	names, _, _, err := s.Children(s.env.context(), path, false)
	s.must(err)
	return names
}

func (s *session) set(path string, data []byte) coord.Stat {
	s.env.Helper()
	stat, err := s.Set(s.env.context(), path, data, coord.AnyVersion)
	s.must(err)
	return stat
}

func (s *session) delete(path string) {
	s.env.Helper()
	s.must(s.Delete(s.env.context(), path, coord.AnyVersion))
}

func (s *session) multi(ops ...coord.Op) []coord.Result {
	s.env.Helper()
	results, err := s.Multi(s.env.context(), ops...)
	s.must(err)
	if len(results) != len(ops) {
		s.env.Fatalf("Multi must return a result for each of its %d operations; got %d", len(ops), len(results))
	}
	return results
}

// barrier brings this session's reads up to every write that was answered before, whoever made it.
func (s *session) barrier() {
	s.env.Helper()
	s.multi(coord.CheckOp(s.env.root, coord.AnyVersion))
}

// close ends the session, which must succeed.
func (s *session) close() {
	s.env.Helper()
	s.must(s.Close(s.env.context()))
}

func (s *session) must(err error) {
	s.env.Helper()
	if err != nil {
		s.env.Fatalf("the call must succeed; got %v (session %v)", err, s.ID())
	}
}

// mustHold checks, after a barrier, that the node has that data.
func (s *session) mustHold(path string, want []byte) coord.Stat {
	s.env.Helper()
	s.barrier()
	data, stat := s.get(path)
	if !bytes.Equal(data, want) {
		s.env.Errorf("%s must hold %q; it holds %q", path, clip(want), clip(data))
	}
	return stat
}

// mustLack checks, after a barrier, that there is no such node.
func (s *session) mustLack(path string) {
	s.env.Helper()
	s.barrier()
	if stat, _, err := s.Exists(s.env.context(), path, false); !errors.Is(err, coord.ErrNoNode) {
		s.env.Errorf("%s must not exist; got %+v, %v", path, stat, err)
	}
}

// exists tells, after a barrier, whether there is such a node.
func (s *session) exists(path string) bool {
	s.env.Helper()
	s.barrier()
	_, _, err := s.Exists(s.env.context(), path, false)
	if err != nil && !errors.Is(err, coord.ErrNoNode) {
		s.must(err)
	}
	return err == nil
}

// persist makes a call again until the connection is not lost meanwhile, and returns what it then gave. For calls that may
// happen twice.
func (s *session) persist(call func() error) error {
	s.env.Helper()
	give := s.env.deadline()
	var p pauses
	for {
		state, changed := s.State()
		err := call()
		if !errors.Is(err, coord.ErrConnectionLoss) {
			return err
		}
		if state.Final() {
			s.env.Fatalf("a session that is %v must not report connection loss; got %v", state, err)
		}
		// A call may fail before its session knows that it has no connection: then it is soon known.
		pause := p.timer()
		select {
		case <-changed:
		case <-pause.C:
		case <-give.up:
			s.env.Fatalf("the session must be connected again while the service is well; it is %v and calls give %v", state, err)
		}
		pause.Stop()
	}
}

func clip(data []byte) []byte { return data[:min(len(data), 64)] }

package coordtest

import (
	"bytes"

	"github.com/hamaster/hamaster/coord"
)

var lossChecks = []check{
	{"LostRequestIsConnectionLossAndNeverHappens", needs(LostRequests), func(e *env) {
		lostWrites(e, func(c Client) { c.LoseNextRequest() }, false)
	}},
	{"LostReplyIsConnectionLossAndHappenedOnce", needs(LostReplies), func(e *env) {
		lostWrites(e, func(c Client) { c.LoseNextReply() }, true)
	}},
	{"LostReadGivesNothing", needs(LostReplies), lostReads},
	{"LostReplyOfARefusalIsConnectionLossToo", needs(LostReplies), lostRefusal},
	{"CallsInFlightEndWhenTheConnectionBreaks", needs(Cuts, Resets), callsInFlightEnd},
}

// lossyWrite is a write whose effect can be told, once it is known that it is not still on its way.
type lossyWrite struct {
	op       string
	call     func(s *session, path string) error
	happened func(before, after map[string]content, path string) int // how often
}

var lossyWrites = []lossyWrite{
	{"create", func(s *session, path string) error {
		return errOf2(s.Create(s.env.context(), path+"-new", []byte("new"), coord.Persistent))
	}, func(before, after map[string]content, path string) int { return len(after) - len(before) }},
	{"create", func(s *session, path string) error {
		return errOf2(s.Create(s.env.context(), path+"-new", []byte("new"), coord.EphemeralSequential))
	}, func(before, after map[string]content, path string) int { return len(after) - len(before) }},
	{"set", func(s *session, path string) error {
		return errOf2(s.Set(s.env.context(), path, []byte("new"), coord.AnyVersion))
	}, func(before, after map[string]content, path string) int {
		return int(after[path].stat.Version - before[path].stat.Version)
	}},
	{"delete", func(s *session, path string) error {
		return s.Delete(s.env.context(), path, 0)
	}, func(before, after map[string]content, path string) int { return len(before) - len(after) }},
	{"multi", func(s *session, path string) error {
		return errOf2(s.Multi(s.env.context(), coord.SetOp(path, []byte("new"), coord.AnyVersion)))
	}, func(before, after map[string]content, path string) int {
		return int(after[path].stat.Version - before[path].stat.Version)
	}},
}

// lostWrites loses each kind of write, and looks how often it then happened.
func lostWrites(e *env, lose func(Client), happens bool) {
	for i, w := range lossyWrites {
		path := e.node(string(rune('a' + i)))
		s := e.open()
		before := e.snapshot()
		s.barrier()
		lose(s.link)
		err := w.call(s, path)
		e.mustMatch(w.op+" that is lost on its way", err, coord.ErrConnectionLoss)
		if named := path; w.op != "multi" {
			if w.op == "create" {
				named += "-new"
			}
			e.mustName(err, w.op, named)
		}
		// The session's next call that succeeds settles it: nothing of before comes after.
		if err := s.persist(func() error { return errOf2(s.Multi(e.context(), coord.CheckOp(e.root, coord.AnyVersion))) }); err != nil {
			e.Fatalf("the session must go on after a connection loss; got %v", err)
		}
		want := 0
		if happens {
			want = 1
		}
		if got := w.happened(before, e.snapshot(), path); got != want {
			e.Errorf("%s (call %d) must have happened %d times; it happened %d times", w.op, i, want, got)
		}
	}
}

func lostReads(e *env) {
	path := e.node("n")
	for _, kind := range watchKinds[:3] {
		s := e.open()
		s.barrier()
		s.link.LoseNextReply()
		w, err := kind.read(e.context(), s, path, true)
		e.mustRefuse(err, kind.name, path, coord.ErrConnectionLoss)
		if w != nil {
			e.Errorf("%s whose reply is lost must return no watch; got one", kind.name)
		}
		// What the lost read may have left at the server is nobody's watch, and disturbs none.
		err = s.persist(func() (err error) { w, err = kind.read(e.context(), s, path, true); return err })
		if err != nil {
			e.Fatalf("%s after a connection loss: must succeed; got %v", kind.name, err)
		}
		e.mustBeArmed(kind.name+" repeated after a connection loss", w)
		e.mustFire(kind.name+" repeated after a connection loss", w, kind.disturb(e, path))
	}
}

func lostRefusal(e *env) {
	path := e.node("n")
	s := e.open()
	s.barrier()
	s.link.LoseNextReply()
	_, err := s.Set(e.context(), path, []byte("new"), 7)
	e.mustRefuse(err, "set", path, coord.ErrConnectionLoss)
	err = s.persist(func() error { return errOf2(s.Set(e.context(), path, []byte("new"), 7)) })
	e.mustRefuse(err, "set", path, coord.ErrBadVersion)
	e.calm.mustHold(path, []byte("data"))
}

func callsInFlightEnd(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	s.link.Cut(Replies)
	ctx := e.context()
	errs := make([]chan error, len(calls))
	for i, c := range calls {
		errs[i] = make(chan error, 1)
		go func() { errs[i] <- c.do(ctx, s, path) }()
	}
	e.pause(s.Timeout() / 20) // so that they are in flight
	s.link.Reset()
	for i, c := range calls {
		// Cut off as it is, the session cannot know more than that its connection is gone.
		e.mustEnd(c, path, <-errs[i], coord.ErrConnectionLoss)
	}
	s.link.Heal()
	err := s.persist(func() error { return s.Sync(ctx, path) })
	if err != nil && !matchesOne(err, coord.ErrSessionExpired) {
		e.Errorf("the session must go on when its link is healed; got %v", err)
	}
	if data, _, _, err := e.calm.Get(ctx, path, false); err == nil && !bytes.HasPrefix([]byte("data set multi"), data) &&
		string(data) != "set" && string(data) != "multi" {
		e.Errorf("calls in flight may or may not have happened, nothing else; the node holds %q", data)
	}
}

package coordtest

import (
	"github.com/hamaster/hamaster/coord"
)

var statChecks = []check{
	{"StatOfANewNode", nil, statOfANewNode},
	{"StatIsTheSameFromEveryRead", nil, statIsTheSameFromEveryRead},
	{"SetChangesWhatASetChanges", nil, setChangesStat},
	{"ChildrenChangeTheirParentsStat", nil, childrenChangeTheirParentsStat},
	{"GrandchildrenLeaveAStatAlone", nil, grandchildrenLeaveAStatAlone},
	{"ZxidsGrowInTheOrderOfWritesOfAllSessions", nil, zxidsGrow},
}

func statOfANewNode(e *env) {
	s := e.open()
	for _, mode := range modes {
		path := s.create(e.path("n-"+mode.String()), []byte("12345"), mode)
		got := s.stat(path)
		want := coord.Stat{
			Czxid: got.Czxid, Mzxid: got.Czxid, Pzxid: got.Czxid,
			Ctime: got.Ctime, Mtime: got.Ctime,
			DataLength: 5,
		}
		if mode.IsEphemeral() {
			want.EphemeralOwner = s.ID()
		}
		if got != want || got.Czxid <= 0 {
			e.Errorf("a new %v node must have the Stat %+v with a positive zxid; got %+v", mode, want, got)
		}
	}
}

func statIsTheSameFromEveryRead(e *env) {
	path := e.node("n")
	e.node("n", "child")
	e.calm.set(path, []byte("more"))
	ctx := e.context()
	want := e.calm.stat(path)
	_, got, _, err := e.calm.Get(ctx, path, false)
	if err != nil || got != want {
		e.Errorf("get must return the Stat that exists does, %+v; got %+v, %v", want, got, err)
	}
	_, got, _, err = e.calm.Children(ctx, path, false)
	if err != nil || got != want {
		e.Errorf("children must return the Stat that exists does, %+v; got %+v, %v", want, got, err)
	}
	other := e.open()
	other.barrier()
	if got := other.stat(path); got != want {
		e.Errorf("another session must see the same Stat, %+v; got %+v", want, got)
	}
}

func setChangesStat(e *env) {
	path := e.node("n")
	e.node("n", "child")
	parent := e.calm.stat(e.root)
	was := e.calm.stat(path)
	got := e.calm.set(path, []byte("123"))
	want := was
	want.Mzxid, want.Mtime, want.Version, want.DataLength = got.Mzxid, got.Mtime, was.Version+1, 3
	if got != want || got.Mzxid <= was.Mzxid || got.Mtime < was.Mtime {
		e.Errorf("set must change Mzxid and Mtime (which grow), Version and DataLength alone, from %+v; got %+v", was, got)
	}
	if now := e.calm.stat(e.root); now != parent {
		e.Errorf("set must leave the parent's Stat alone, %+v; got %+v", parent, now)
	}
}

func childrenChangeTheirParentsStat(e *env) {
	path := e.node("n")
	was := e.calm.stat(path)
	child := e.node("n", "child")
	want := was
	want.Cversion, want.NumChildren, want.Pzxid = was.Cversion+1, 1, e.calm.stat(child).Czxid
	got := e.calm.stat(path)
	if got != want {
		e.Errorf("a child's creation must give its parent the Stat %+v; got %+v", want, got)
	}
	e.calm.set(child, []byte("changed"))
	if now := e.calm.stat(path); now != got {
		e.Errorf("a child's change must leave its parent's Stat alone, %+v; got %+v", got, now)
	}
	last := e.calm.stat(child).Mzxid
	e.calm.delete(child)
	now := e.calm.stat(path)
	want.Cversion, want.NumChildren, want.Pzxid = got.Cversion+1, 0, now.Pzxid
	if now != want || now.Pzxid <= last {
		e.Errorf("a child's deletion must give its parent the Stat %+v with a Pzxid after %v; got %+v", want, last, now)
	}
}

func grandchildrenLeaveAStatAlone(e *env) {
	path := e.node("n")
	child := e.node("n", "child")
	want := e.calm.stat(path)
	grandchild := e.path("n", "child", "grandchild")
	for _, happen := range []struct {
		what string
		do   func()
	}{
		{"creation", func() { e.calm.create(grandchild, nil, coord.Persistent) }},
		{"change", func() { e.calm.set(grandchild, []byte("changed")) }},
		{"deletion", func() { e.calm.delete(grandchild) }},
	} {
		happen.do()
		if got := e.calm.stat(path); got != want {
			e.Errorf("a grandchild's %s must leave a Stat alone, %+v; got %+v", happen.what, want, got)
		}
	}
	if got := e.calm.stat(child); got.Cversion != 2 || got.NumChildren != 0 {
		e.Errorf("a creation and a deletion must give Cversion 2 and no children; got %+v", got)
	}
}

func zxidsGrow(e *env) {
	sessions := []*session{e.open(), e.open(), e.calm}
	path := e.node("n")
	last := e.calm.stat(path).Czxid
	for i := range 12 {
		s := sessions[i%len(sessions)]
		made := s.create(e.path("q-"), nil, coord.PersistentSequential)
		created := s.stat(made).Czxid
		set := s.set(path, nil).Mzxid
		if created <= last || set <= created {
			e.Errorf("zxids must grow with each write, whoever makes it; after %v a create has %v and then a set %v", last, created, set)
		}
		last = set
	}
}

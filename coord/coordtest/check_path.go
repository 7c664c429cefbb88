package coordtest

import (
	"errors"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

var pathChecks = []check{
	{"InvalidPathsAreRefused", nil, invalidPathsAreRefused},
	{"InvalidModesAreRefused", nil, invalidModesAreRefused},
	{"InvalidOperationTypesAreRefused", nil, invalidOperationTypesAreRefused},
	{"EmptyLastElementIsForSequentialModesOnly", nil, emptyLastElement},
	{"NamesMayHaveAnyOtherCharacter", nil, namesMayHaveAnyOtherCharacter},
}

// invalidPaths are one of each kind. Those that start so are put below the check's own node.
func (e *env) invalidPaths() []string {
	paths := []string{"", "a", "relative/path", "//", "//a", "."}
	for _, below := range []string{
		"/", "/a/", "//a", "/a//b", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..",
		"/nul\x00", "/\x01", "/tab\t", "/newline\n", "/\x1f", "/\x7f", "/\u0080", "/\u009f",
		"/\ue000", "/\uf8ff", "/\ufff0", "/\ufffd", "/\uffff", "/\U0001f600", "/not-utf8\xff", "/\xed\xa0\x80",
	} {
		paths = append(paths, e.root+below)
	}
	return paths
}

func invalidPathsAreRefused(e *env) {
	before := e.snapshot()
	for _, path := range e.invalidPaths() {
		if err := coord.ValidatePath(path); !errors.Is(err, coord.ErrInvalid) {
			e.Fatalf("the suite itself: %q must be an invalid path; got %v", path, err)
		}
		for _, c := range calls {
			e.mustRefuse(c.do(e.context(), e.calm, path), c.op, path, coord.ErrInvalid)
		}
		for _, op := range []coord.Op{
			coord.CreateOp(path, nil, coord.Persistent), coord.SetOp(path, nil, coord.AnyVersion),
			coord.DeleteOp(path, coord.AnyVersion), coord.CheckOp(path, coord.AnyVersion),
		} {
			_, err := e.calm.Multi(e.context(), coord.SetOp(e.root, []byte("no"), coord.AnyVersion), op)
			if refused := e.mustRefuse(err, "multi", path, coord.ErrInvalid); refused.Index != 1 {
				e.Errorf("multi with the invalid path %q in operation 1 must tell so; got index %d", path, refused.Index)
			}
		}
	}
	e.mustBeAsBefore("calls with invalid paths", before)
}

func invalidModesAreRefused(e *env) {
	path := e.path("n")
	for _, mode := range []coord.CreateMode{4, 5, 6, 255} {
		_, err := e.calm.Create(e.context(), path, nil, mode)
		e.mustRefuse(err, "create", path, coord.ErrInvalid)
		_, err = e.calm.Multi(e.context(), coord.CreateOp(path, nil, mode))
		e.mustRefuse(err, "multi", path, coord.ErrInvalid)
	}
	e.calm.mustLack(path)
}

func invalidOperationTypesAreRefused(e *env) {
	path := e.node("n")
	for _, kind := range []coord.OpType{0, 5, 255} {
		_, err := e.calm.Multi(e.context(), coord.SetOp(path, []byte("no"), coord.AnyVersion), coord.Op{Type: kind, Path: path})
		if refused := e.mustRefuse(err, "multi", path, coord.ErrInvalid); refused.Index != 1 {
			e.Errorf("multi with the operation type %v in operation 1 must tell so; got index %d", kind, refused.Index)
		}
	}
	e.calm.mustHold(path, []byte("data"))
}

func emptyLastElement(e *env) {
	path := e.path("") // with a slash at its end
	for _, mode := range modes {
		got, err := e.calm.Create(e.context(), path, nil, mode)
		if !mode.IsSequential() {
			e.mustRefuse(err, "create", path, coord.ErrInvalid)
			continue
		}
		if err != nil || len(got) != len(path)+10 || !strings.HasPrefix(got, path) {
			e.Errorf("create of %q in mode %v must make a node named by ten digits; got %q, %v", path, mode, got, err)
		}
	}
}

func namesMayHaveAnyOtherCharacter(e *env) {
	names := []string{
		" ", "a b", "...", ".a", "a..b", "~", "%2f%00%s%d", `back\slash`, `"quoted"`, "192.168.145.131-0000000000", "-", "_c_x",
		"ä", "é", "日本語", "Ελλάδα", "עברית", "\u00a0", "\u200b", "\ud7ff", "\uf900", "\uffef", strings.Repeat("long", 60),
	}
	s := e.open()
	for _, name := range names {
		path := e.path(name)
		w := s.arm(existsMissing, path)
		if got := e.calm.create(path, []byte(name), coord.Persistent); got != path {
			e.Errorf("create must return the path made, %q; got %q", path, got)
		}
		s.mustHold(path, []byte(name))
		e.mustFire("creation of "+path, w, coord.Event{Type: coord.NodeCreated, Path: path})
		for _, mode := range modes[2:] {
			if got := e.calm.create(path, nil, mode); !strings.HasPrefix(got, path) || len(got) != len(path)+10 {
				e.Errorf("sequential create must return %q with ten digits; got %q", path, got)
			} else {
				e.calm.delete(got)
			}
		}
	}
	got := e.calm.children(e.root)
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		e.Errorf("children must return the names as they were given, %q; got %q", names, got)
	}
	for _, name := range names {
		e.calm.delete(e.path(name))
	}
}

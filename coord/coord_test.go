package coord_test

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
)

func TestPathsAreValidatedAsZooKeeperDoes(t *testing.T) {
	good := []string{"/", "/a", "/a/b", "/...", "/.a", "/a b", "/é", "/日本", "/\u2fff", "/a-0000000001"}
	bad := []string{"", "a", "a/b", "/a/", "//", "/a//b", "/.", "/a/..", "/a/./b", "/\x00", "/a\x1f", "/\x7f", "/\u0085",
		"/\ue000", "/\uf8ff", "/\ufff0", "/😀", "/\xff"}
	for _, path := range good {
		if err := coord.ValidatePath(path); err != nil {
			t.Errorf("%q: %v, want it accepted", path, err)
		}
	}
	for _, path := range bad {
		if err := coord.ValidatePath(path); !errors.Is(err, coord.ErrInvalid) {
			t.Errorf("%q: %v, want an error that matches ErrInvalid", path, err)
		}
	}
}

func TestASequentialPathMayEndInASlash(t *testing.T) {
	if err := coord.ValidateCreatePath("/q/", coord.EphemeralSequential); err != nil {
		t.Errorf("sequential: %v", err)
	}
	if err := coord.ValidateCreatePath("/q/", coord.Ephemeral); !errors.Is(err, coord.ErrInvalid) {
		t.Errorf("not sequential: %v, want an error that matches ErrInvalid", err)
	}
	for _, path := range []string{"/.", "/q/.."} {
		if err := coord.ValidateCreatePath(path, coord.EphemeralSequential); !errors.Is(err, coord.ErrInvalid) {
			t.Errorf("%s, sequential: %v, want an error that matches ErrInvalid", path, err)
		}
	}
	if err := coord.ValidateCreatePath("/q", coord.CreateMode(4)); !errors.Is(err, coord.ErrInvalid) {
		t.Errorf("unknown mode: %v, want an error that matches ErrInvalid", err)
	}
}

func TestSplitPathUndoesJoinPath(t *testing.T) {
	for _, c := range [][3]string{{"/a", "/", "a"}, {"/a/b", "/a", "b"}, {"/a/b/c", "/a/b", "c"}} {
		if parent, name := coord.SplitPath(c[0]); parent != c[1] || name != c[2] {
			t.Errorf("SplitPath(%q) = %q, %q", c[0], parent, name)
		}
		if path := coord.JoinPath(c[1], c[2]); path != c[0] {
			t.Errorf("JoinPath(%q, %q) = %q", c[1], c[2], path)
		}
	}
	if parent, name := coord.SplitPath("/"); parent != "" || name != "" {
		t.Errorf("SplitPath of the root = %q, %q", parent, name)
	}
}

func TestAnErrorNamesOperationAndPathAndMatchesBothCauses(t *testing.T) {
	err := error(&coord.Error{Op: "get", Path: "/a", Err: errors.Join(coord.ErrConnectionLoss, context.Canceled)})
	if !errors.Is(err, coord.ErrConnectionLoss) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not match both of its causes", err)
	}
	if !strings.HasPrefix(err.Error(), "get /a: ") {
		t.Errorf("message %q does not start with operation and path", err)
	}
	err = &coord.Error{Op: "multi", Path: "/a", Index: 2, Err: coord.ErrNoNode}
	if want := "multi (operation 2) /a: no such node"; err.Error() != want {
		t.Errorf("message %q, want %q", err, want)
	}
}

func TestAWatchTellsOnceAndTellsItsEndApart(t *testing.T) {
	w, end := coord.NewWatch()
	if _, ok := w.Event(); ok {
		t.Error("a fresh watch has an event")
	}
	end(coord.Event{Type: coord.NodeDeleted, Path: "/a"}, true)
	<-w.Done()
	if ev, ok := w.Event(); !ok || ev.Type != coord.NodeDeleted || ev.Path != "/a" {
		t.Errorf("event %v, %v", ev, ok)
	}
	w, end = coord.NewWatch()
	end(coord.Event{}, false)
	<-w.Done()
	if ev, ok := w.Event(); ok {
		t.Errorf("a watch that ended with its session has the event %v", ev)
	}
}

// TestTheContractImportsTheStandardLibraryAlone keeps the contract something that anyone can implement without taking on more.
func TestTheContractImportsTheStandardLibraryAlone(t *testing.T) {
	for _, dir := range []string{".", "lease"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+f.Name(), nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, imp := range file.Imports {
				path := strings.Trim(imp.Path.Value, `"`)
				if strings.Contains(path, ".") && path != "github.com/hamaster/hamaster/coord" {
					t.Errorf("%s/%s imports %s", dir, f.Name(), path)
				}
			}
		}
	}
}

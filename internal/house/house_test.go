// Package house holds the project's packages to their place: which may import which.
package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hamaster/hamaster/"

// rooms lists, for each room, the rooms of this project that it may import, tests aside. A room that is not listed fails.
var rooms = map[string][]string{
	"coord":                    {},
	"coord/clock":              {"coord"},
	"coord/lease":              {"coord"},
	"coord/coordtest":          {"coord", "coord/clock"},
	"coord/ztree":              {"coord"},
	"coord/membackend":         {"coord", "coord/clock", "coord/lease", "coord/ztree"},
	"coord/zkserver":           {"coord", "coord/clock", "coord/ztree", "coord/zkserver/wire"},
	"coord/zkserver/wire":      {"coord"},
	"coord/zkserver/faulthttp": {"coord", "coord/zkserver", "coord/zkserver/wire"},
	"coord/zkbackend":          {"coord", "coord/clock", "coord/lease"},
	"ha/election":              {"coord"},
	"ha":                       {"coord", "coord/clock", "ha/election"},
	"simulate":                 {"coord", "coord/lease", "coord/ztree", "ha/election"},
	"simulate/planted":         {},
	"simulate/explore":         {"coord", "coord/lease", "coord/ztree", "ha/election", "simulate"},
	"proptest":                 {"coord", "coord/clock", "coord/membackend", "coord/zkbackend", "coord/zkserver", "coord/ztree", "ha", "ha/election", "simulate"},
	"proptest/faithful":        {"coord", "coord/membackend", "coord/zkbackend", "coord/zkserver"},
	"proptest/planted":         {},
	"proptest/linear":          {"coord", "coord/membackend", "coord/zkbackend", "coord/zkserver", "coord/ztree"},
	"internal/zktest":          {},
	"internal/measure":         {},
	"internal/overlay":         {},
	"internal/interop":         {},
	"internal/interop/curator": {"coord/zkserver"},
	"internal/load":            {"coord", "coord/zkserver/wire", "internal/zktest"},
	"internal/load/alone":      {"coord/zkserver"},
	"internal/house":           {},
	"cmd/hademo":               {"coord", "coord/clock", "coord/zkbackend", "coord/zkserver", "coord/zkserver/faulthttp", "ha", "ha/election", "simulate", "simulate/explore"},
}

func TestImportsGoDownward(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != root) {
			return errorOr(err, fs.SkipDir)
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err == nil {
			checkFile(t, filepath.ToSlash(dir), file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func errorOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func checkFile(t *testing.T, room, file string) {
	allowed, known := rooms[room]
	if !known {
		t.Errorf("%s: the room %s is not in the plan of this test", file, room)
		return
	}
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range f.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		below, ours := strings.CutPrefix(name, module)
		if ours && !contains(allowed, below) {
			t.Errorf("%s: %s may not import %s", path.Base(file), room, below)
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

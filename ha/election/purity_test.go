package election

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What the package may import, and what of it the algorithm may use: nothing that knows of the present, of chance, of other
// goroutines or of the world outside.
var (
	pureImports = []string{"encoding/json", "errors", "fmt", "strconv", "strings", "time", "github.com/hamaster/hamaster/coord"}
	pureTime    = []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"}
	impureFmt   = []string{"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"}
	impureCoord = []string{"Backend", "Session", "Watch", "NewWatch"}
)

func TestPackageIsPure(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources found: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, complaint := range impurities(parsed) {
			t.Errorf("%v: %s", set.Position(complaint.at), complaint.what)
		}
	}
}

func TestImpureCodeIsFound(t *testing.T) {
	for _, source := range []string{
		`import "sync"`,
		`import clock "time"`,
		`import "time"; var x = time.Now()`,
		`import "time"; func f() { time.Sleep(1) }`,
		`import "fmt"; func f() { fmt.Println() }`,
		`func f() { go f() }`,
		`var c chan int`,
		`func f() { select {} }`,
		`import "github.com/hamaster/hamaster/coord"; var s coord.Session`,
		`var global int`,
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; "+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if len(impurities(parsed)) == 0 {
			t.Errorf("taken for pure: %s", source)
		}
	}
}

type impurity struct {
	at   token.Pos
	what string
}

func impurities(file *ast.File) []impurity {
	var found []impurity
	complain := func(n ast.Node, what string) { found = append(found, impurity{n.Pos(), what}) }
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(pureImports, path) || spec.Name != nil {
			complain(spec, "import of "+spec.Path.Value)
		}
	}
	for _, decl := range file.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				if v := spec.(*ast.ValueSpec); len(v.Values) == 0 {
					complain(v, "a variable of the package that has no fixed value")
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			complain(n, "goroutines and channels have no place here")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && impureName(x.Name, n.Sel.Name) {
				complain(n, "use of "+x.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

func impureName(pkg, name string) bool {
	switch pkg {
	case "time":
		return !slices.Contains(pureTime, name)
	case "fmt":
		return slices.Contains(impureFmt, name)
	case "coord":
		return slices.Contains(impureCoord, name)
	}
	return false
}

package overlay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = "package main\n\nfunc main() { print(\"right\") }\n"

func newOverlay(t *testing.T) (o *Overlay, at string) {
	t.Helper()
	module := t.TempDir()
	at = filepath.Join(module, "main.go")
	for name, text := range map[string]string{at: source, filepath.Join(module, "go.mod"): "module m\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return New(module, t.TempDir()), at
}

func TestAnEditMustFitExactlyOnce(t *testing.T) {
	o, _ := newOverlay(t)
	for _, was := range []string{"wrong", "main", ""} {
		if err := o.Edit("main.go", was, "x"); err == nil || !strings.Contains(err.Error(), "main.go") {
			t.Errorf("%q stands in the file not once, and replacing it ends with %v", was, err)
		}
	}
	if err := o.Edit("absent.go", "a", "b"); err == nil {
		t.Error("a file that is not there was edited")
	}
}

func TestWhatIsBuiltHasAllEditsAndTheSourcesHaveNone(t *testing.T) {
	o, at := newOverlay(t)
	for _, e := range [][2]string{{"right", "wrong"}, {"wrong", "starboard"}} {
		if err := o.Edit("main.go", e[0], e[1]); err != nil {
			t.Fatal(err)
		}
	}
	program, err := o.Build(".", "build")
	if err != nil {
		t.Fatal(err)
	}
	built, err := os.ReadFile(program)
	if err != nil || !strings.Contains(string(built), "starboard") {
		t.Errorf("the program has not what was put in last, %v", err)
	}
	if text, err := os.ReadFile(at); err != nil || string(text) != source {
		t.Errorf("the source is now %q, %v", text, err)
	}
	if err := o.Edit("main.go", "starboard", "\x00"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Build(".", "build"); err == nil {
		t.Error("what does not compile was built")
	}
}

// Package overlay builds the module's sources with some of their text replaced, as `go build -overlay` does it: nothing on disk is touched.
// Tests plant known flaws with it. It needs the go command.
package overlay

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Overlay is what takes the place of which source files. It is not safe for concurrent use.
type Overlay struct {
	module, dir string
	replace     map[string]string
}

// New returns an Overlay that replaces nothing yet, of the module in one directory, with its own files in another.
func New(module, dir string) *Overlay {
	return &Overlay{module: module, dir: dir, replace: map[string]string{}}
}

// Edit replaces text in a source file, named from the module's directory with slashes. The text must stand there exactly once, what
// earlier edits made of the file included.
func (o *Overlay) Edit(file, was, is string) error {
	at := filepath.Join(o.module, filepath.FromSlash(file))
	from := at
	if edited, again := o.replace[at]; again {
		from = edited
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), was); n != 1 {
		return fmt.Errorf("the edit does not fit: in %s this stands %d times:\n%s", file, n, was)
	}
	o.replace[at] = filepath.Join(o.dir, strings.ReplaceAll(file, "/", "_"))
	return os.WriteFile(o.replace[at], []byte(strings.Replace(string(text), was, is, 1)), 0o600)
}

// Add makes a file of the module also the named source file, which need not be there.
func (o *Overlay) Add(file, from string) {
	o.replace[filepath.Join(o.module, filepath.FromSlash(file))] = filepath.Join(o.module, filepath.FromSlash(from))
}

// Build compiles a package, named from the module's directory, by a go command such as "build" or "test -c", and returns the program.
func (o *Overlay) Build(pkg string, command ...string) (program string, err error) {
	overlay, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(o.dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(o.dir, "program.exe")
	build := exec.Command("go", append(command, "-overlay", list, "-o", program, pkg)...)
	build.Dir = o.module
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w:\n%s", err, out)
	}
	return program, nil
}

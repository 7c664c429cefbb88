package coordtest

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// model is what the contract says of a tree, and nothing else: no zxids, no times. Keys are full paths.
type model map[string]modelNode

type modelNode struct {
	data              string
	version, cversion int32
	made              int // children ever
	owner             coord.SessionID
}

// refusals are the errors that an operation may be refused with; the contract does not say which of several comes first.
type refusals []error

func (m model) childrenOf(path string) (n int32) {
	for other := range m {
		if parent, name := coord.SplitPath(other); parent == path && name != "" {
			n++
		}
	}
	return n
}

// applyAll applies a transaction. If it is refused, the index says by which operation, and the model must be forgotten.
func (m model) applyAll(ops []coord.Op, by coord.SessionID) (made []string, index int, may refusals) {
	for i, op := range ops {
		path, may := m.apply(op, by)
		if len(may) > 0 {
			return nil, i, may
		}
		made = append(made, path)
	}
	return made, 0, nil
}

func (m model) apply(op coord.Op, by coord.SessionID) (string, refusals) {
	if op.Type == coord.OpCreate {
		return m.create(op, by)
	}
	n, ok := m[op.Path]
	if !ok {
		return "", refusals{coord.ErrNoNode}
	}
	var may refusals
	if op.Version != coord.AnyVersion && op.Version != n.version {
		may = append(may, coord.ErrBadVersion)
	}
	if op.Type == coord.OpDelete && m.childrenOf(op.Path) > 0 {
		may = append(may, coord.ErrNotEmpty)
	}
	if len(may) > 0 {
		return "", may
	}
	switch op.Type {
	case coord.OpSet:
		n.data, n.version = string(op.Data), n.version+1
		m[op.Path] = n
	case coord.OpDelete:
		m.remove(op.Path)
	}
	return "", nil
}

func (m model) create(op coord.Op, by coord.SessionID) (string, refusals) {
	path := op.Path
	parentPath, _ := coord.SplitPath(path)
	parent, ok := m[parentPath]
	if !ok {
		return "", refusals{coord.ErrNoNode}
	}
	if op.Mode.IsSequential() {
		path += fmt.Sprintf("%010d", parent.made)
	}
	if _, exists := m[path]; exists {
		return "", refusals{coord.ErrNodeExists}
	}
	if parent.owner != 0 {
		return "", refusals{coord.ErrNoChildrenForEphemerals}
	}
	n := modelNode{data: string(op.Data)}
	if op.Mode.IsEphemeral() {
		n.owner = by
	}
	m[path] = n
	parent.made++
	parent.cversion++
	m[parentPath] = parent
	return path, nil
}

func (m model) remove(path string) {
	delete(m, path)
	parentPath, _ := coord.SplitPath(path)
	parent := m[parentPath]
	parent.cversion++
	m[parentPath] = parent
}

// end removes a session's nodes.
func (m model) end(id coord.SessionID) {
	for path, n := range maps.Clone(m) {
		if n.owner == id {
			m.remove(path)
		}
	}
}

// differs says how what was seen is not what the model has, or nothing.
func (m model) differs(seen map[string]content) string {
	var all []string
	for path, n := range m {
		got, ok := seen[path]
		want := coord.Stat{
			Version: n.version, Cversion: n.cversion, EphemeralOwner: n.owner,
			DataLength: int32(len(n.data)), NumChildren: m.childrenOf(path),
		}
		stat := coord.Stat{
			Version: got.stat.Version, Cversion: got.stat.Cversion, EphemeralOwner: got.stat.EphemeralOwner,
			DataLength: got.stat.DataLength, NumChildren: got.stat.NumChildren,
		}
		if !ok || got.data != n.data || stat != want {
			all = append(all, fmt.Sprintf("%s must hold %q and be %+v; it is there: %v, holds %q, %+v", path, n.data, want, ok, got.data, stat))
		}
	}
	for path := range seen {
		if _, ok := m[path]; !ok {
			all = append(all, path+" must not be there")
		}
	}
	return strings.Join(all, "\n")
}

// allow reports whether the error is one of those.
func (r refusals) allow(err error) bool {
	for _, may := range r {
		if errors.Is(err, may) {
			return true
		}
	}
	return len(r) == 0 && err == nil
}

package coordtest

import (
	"errors"
	"maps"
	"slices"

	"github.com/hamaster/hamaster/coord"
)

// content is all that can be seen of a node.
type content struct {
	data string
	stat coord.Stat
}

// snapshot reads everything below the check's own node.
func (e *env) snapshot() map[string]content {
	e.Helper()
	e.calm.barrier()
	all := map[string]content{}
	var walk func(path string)
	walk = func(path string) {
		data, stat := e.calm.get(path)
		all[path] = content{string(data), stat}
		for _, name := range e.calm.children(path) {
			walk(coord.JoinPath(path, name))
		}
	}
	walk(e.root)
	return all
}

// mustBeAsBefore checks that nothing has changed since the snapshot, not even in a Stat.
func (e *env) mustBeAsBefore(what string, before map[string]content) {
	e.Helper()
	after := e.snapshot()
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if got, ok := after[path]; !ok || got != before[path] {
			e.Errorf("%s must change nothing; %s was %+v, it is %+v (there: %v)", what, path, before[path], got, ok)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[path]; !ok {
			e.Errorf("%s must change nothing; there is a new node %s", what, path)
		}
	}
}

func matchesOne(err error, any ...error) bool {
	return slices.ContainsFunc(any, func(s error) bool { return errors.Is(err, s) })
}

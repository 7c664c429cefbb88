package ztree

import "fmt"

// CheckLinks looks over the arena: every place is either free or reachable, links agree in both directions, counters count, and
// the index, if there is one, holds exactly the nodes.
func (t *Tree) CheckLinks() error {
	used := map[int32]bool{0: true}
	for at := range t.nodes {
		n := &t.nodes[at]
		if n.path == "" {
			continue
		}
		children, prev := int32(0), int32(0)
		for c := n.first; c != 0; prev, c = c, t.nodes[c].next {
			child := &t.nodes[c]
			if used[c] || child.parent != int32(at) || child.prev != prev || parentOf(child.path) != trimRoot(n.path) {
				return fmt.Errorf("child %q of %q is linked wrongly", child.path, n.path)
			}
			used[c] = true
			children++
		}
		if children != n.children || n.last != prev {
			return fmt.Errorf("%q counts %d children and ends with %d, but has %d and %d", n.path, n.children, n.last, children, prev)
		}
	}
	if err := t.checkOwned(); err != nil {
		return err
	}
	return t.checkSpace(used)
}

func (t *Tree) checkOwned() error {
	owned := 0
	for _, s := range t.sessions {
		prev := int32(0)
		for at := s.first; at != 0; prev, at = at, t.nodes[at].ownNext {
			if n := &t.nodes[at]; n.owner.session() != s.id || n.ownPrev != prev {
				return fmt.Errorf("%q is in the list of %v wrongly", n.path, s.id)
			}
			owned++
		}
		if s.last != prev {
			return fmt.Errorf("the list of %v ends wrongly", s.id)
		}
	}
	for i := range t.nodes {
		if t.nodes[i].owner.session() != 0 {
			owned--
		}
	}
	if owned != 0 {
		return fmt.Errorf("%d ephemeral nodes too few are in no session's list", owned)
	}
	return nil
}

func (t *Tree) checkSpace(used map[int32]bool) error {
	free := 0
	for at := t.free; at != 0; at = t.nodes[at].next {
		if used[at] || t.nodes[at].path != "" {
			return fmt.Errorf("place %d is free and in use", at)
		}
		free++
	}
	if len(used) != int(t.count) || len(used)+free != len(t.nodes) {
		return fmt.Errorf("%d places: %d in use (%d counted), %d free", len(t.nodes), len(used), t.count, free)
	}
	if t.index == nil {
		return nil
	}
	if len(t.index) != len(used)-1 {
		return fmt.Errorf("the index has %d of %d nodes", len(t.index), len(used)-1)
	}
	for path, at := range t.index {
		if t.nodes[at].path != path {
			return fmt.Errorf("the index has %q at the place of %q", path, t.nodes[at].path)
		}
	}
	return nil
}

func trimRoot(path string) string {
	if path == "/" {
		return ""
	}
	return path
}

// SetCreates sets the counter that sequence numbers come from: to count that far takes too long.
func (t *Tree) SetCreates(path string, n int32) {
	at, _ := t.lookup(path)
	t.nodes[at].creates = n
}

// Bare is the change without what its unexported fields say.
func (c Change) Bare() Change { return Change{Type: c.Type, Path: c.Path} }

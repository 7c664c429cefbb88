package faithful

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// kind says what a step does: it makes one of the contract's calls, or something happens to a session.
type kind string

const (
	create   kind = "Create"
	set      kind = "Set"
	remove   kind = "Delete"
	get      kind = "Get"
	exists   kind = "Exists"
	children kind = "Children"
	multi    kind = "Multi"
	barrier  kind = "Sync"

	// reopen closes the session, and opens the client's next.
	reopen kind = "Close; Open"
	// reconnect drops the connection, and waits for the next.
	reconnect kind = "Reconnect; await Connected"
	// leave interrupts the link until the client comes back: it misses what happens meanwhile.
	leave kind = "interrupt the link"
	back  kind = "restore the link; await Connected"
)

// step is one thing that one client does, on every service alike.
type step struct {
	kind   kind
	client int
	op     coord.Op // of a single call; a read has its path here, and a sync
	ops    []coord.Op
	watch  bool
	late   bool // with a context that is over already
}

// String is the step as one would write it in Go.
func (s step) String() string {
	client := fmt.Sprintf("c%d", s.client)
	if arguments, isCall := s.arguments(); isCall {
		ctx := "ctx"
		if s.late {
			ctx = "canceled"
		}
		return fmt.Sprintf("%s.%s(%s)", client, s.kind, strings.Join(append([]string{ctx}, arguments...), ", "))
	}
	return fmt.Sprintf("%s: %s", client, s.kind)
}

// GoString is the same: it is how a drawn step is printed.
func (s step) GoString() string { return s.String() }

func (s step) arguments() (list []string, isCall bool) {
	path := fmt.Sprintf("%q", s.op.Path)
	switch s.kind {
	case create:
		return append([]string{path, data(s.op.Data), mode(s.op.Mode)}, acl(s.op.ACL)...), true
	case set:
		return []string{path, data(s.op.Data), fmt.Sprint(s.op.Version)}, true
	case remove:
		return []string{path, fmt.Sprint(s.op.Version)}, true
	case get, exists, children:
		return []string{path, fmt.Sprint(s.watch)}, true
	case multi:
		for _, op := range s.ops {
			list = append(list, operation(op))
		}
		return list, true
	case barrier:
		return []string{path}, true
	}
	return nil, false
}

func operation(op coord.Op) string {
	s := step{op: op}
	name := ""
	switch op.Type {
	case coord.OpCreate:
		s.kind, name = create, "coord.CreateOp"
	case coord.OpSet:
		s.kind, name = set, "coord.SetOp"
	case coord.OpDelete:
		s.kind, name = remove, "coord.DeleteOp"
	default:
		s.kind, name = remove, "coord.CheckOp" // it takes the same arguments
	}
	arguments, _ := s.arguments()
	return fmt.Sprintf("%s(%s)", name, strings.Join(arguments, ", "))
}

func data(b []byte) string {
	switch {
	case b == nil:
		return "nil"
	case len(b) > 40:
		return fmt.Sprintf("make([]byte, %d)", len(b))
	}
	return fmt.Sprintf("[]byte(%q)", b)
}

func mode(m coord.CreateMode) string {
	words := strings.Fields(m.String())
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return "coord." + strings.Join(words, "")
}

func acl(list []coord.ACL) []string {
	var entries []string
	for _, a := range list {
		entries = append(entries, fmt.Sprintf("coord.ACL{%d, %q, %q}", a.Perms, a.Scheme, a.ID))
	}
	return entries
}

// transcript is steps, each on a line of its own.
func transcript(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		fmt.Fprintf(&b, "%3d  %s\n", i, s)
	}
	return b.String()
}

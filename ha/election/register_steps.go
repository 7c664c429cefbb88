package election

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// Registering makes our candidate node. A create that is not answered may have made one: repeating it blindly would leave a ghost
// in front of ourselves. So a barrier first, repeated until it succeeds, then a list, and whatever bears our id and belongs to
// our session is ours. One that is answered is inspected in the same way.

func (x *exec) answerRegistering(ev Event) {
	missing := errors.Is(ev.Err, coord.ErrNoNode)
	switch x.step {
	case create:
		x.created(ev)
	case makePath:
		x.madePath(ev)
	case createFence:
		if missing { // the path is gone, and with it whatever the create made
			x.nothingFound()
			return
		}
		x.do(createSearch)
	case createSearch:
		if missing {
			x.nothingFound()
			return
		}
		x.search(ev.Names)
	case createCheck:
		if ev.Err == nil && ev.Stat.EphemeralOwner == x.session {
			x.claimFound(ev)
			return
		}
		x.nextFound()
	case createSpare:
		x.nextFound()
	}
}

func (x *exec) created(ev Event) {
	switch {
	case ev.Err == nil:
		// The answer gives the name alone. What tells our node from a namesake under a path made anew is its czxid.
		_, name := coord.SplitPath(ev.Path)
		x.found = []string{name}
		x.inspectFound()
	case errors.Is(ev.Err, coord.ErrNoNode) && x.stopping():
		x.proceed()
	case errors.Is(ev.Err, coord.ErrNoNode):
		x.part = len(x.cfg.Path)
		x.do(makePath)
	default:
		// The numbered name exists already: ZooKeeper's counter moves on only with other children. Somebody made such a
		// node by hand; the error names it.
		x.step = idle
		x.fail(fmt.Errorf("election %s: create: %w", x.cfg.Path, ev.Err))
	}
}

// madePath goes up the election path until a part can be made, and down again. It does not start at the top, because a service
// refuses to create what exists where creating is not allowed. That somebody else made a part first is as good.
func (x *exec) madePath(ev Event) {
	path := x.cfg.Path
	switch up := strings.LastIndexByte(path[:x.part], '/'); {
	case errors.Is(ev.Err, coord.ErrNoNode) && up == 0:
		x.step = idle
		x.fail(fmt.Errorf("election %s: the root itself is missing (is the chroot right?): %w", path, ev.Err))
	case errors.Is(ev.Err, coord.ErrNoNode):
		x.part = up
		x.do(makePath)
	case x.part == len(path):
		x.do(create)
	default:
		next := strings.IndexByte(path[x.part+1:], '/')
		if next < 0 {
			x.part = len(path)
		} else {
			x.part += 1 + next
		}
		x.do(makePath)
	}
}

// search lists the children that the create with unknown outcome may have made: those with our id, in order.
func (x *exec) search(names []string) {
	prefix := nodePrefix(x.cfg.ID, x.cfg.Weight, x.cfg.Policy.Weighted)
	x.found = nil
	for _, name := range names {
		c, ok := ParseNode(name, false)
		if !ok || !strings.HasPrefix(name, prefix) || c.ID != prefix[:len(prefix)-1] {
			continue
		}
		i := 0
		for i < len(x.found) {
			other, _ := ParseNode(x.found[i], false)
			if seqBefore(c.Seq, other.Seq) {
				break
			}
			i++
		}
		x.found = append(x.found[:i:i], append([]string{name}, x.found[i:]...)...)
	}
	x.inspectFound()
}

func (x *exec) buildFound(s step) Call {
	path := x.child(x.found[0])
	if s == createSpare {
		return Call{Kind: CallDelete, Path: path, Version: coord.AnyVersion}
	}
	return Call{Kind: CallGet, Path: path, Watch: true}
}

// claimFound: the first of those found belongs to our session. The lowest is our node; any other is a spare, to be deleted.
func (x *exec) claimFound(ev Event) {
	if x.node != "" {
		x.do(createSpare)
		return
	}
	x.node, x.czxid, x.watches[watchOwn] = x.found[0], ev.Stat.Czxid, ev.Call
	x.nextFound()
}

func (x *exec) nextFound() {
	x.found = x.found[1:]
	x.inspectFound()
}

func (x *exec) inspectFound() {
	switch {
	case len(x.found) > 0:
		x.do(createCheck)
	case x.node != "":
		x.registered()
	default:
		x.nothingFound()
	}
}

// nothingFound: the create had no effect.
func (x *exec) nothingFound() {
	x.found = nil
	x.step = idle
	x.proceed()
}

func (x *exec) registered() {
	x.found, x.step = nil, idle
	x.standby, x.leader = false, ""
	x.tell(Notice{Kind: NowCandidate, Node: x.node})
	x.proceed()
}

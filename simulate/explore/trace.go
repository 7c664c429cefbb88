package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// schedule tells what led to a state.
func (w *walk) schedule(i uint32) []string {
	var lines []string
	for i != 0 {
		from := w.parent[i]
		lines = append(lines, w.describe(&w.seen.states[from], w.by[i]))
		i = from
	}
	slices.Reverse(lines)
	return lines
}

// describe tells of one choice, and of what a process then does.
func (p *parts) describe(s *state, c choice) string {
	next := *s
	p.apply(&next, c)
	if c.action >= ghostServe {
		return fmt.Sprintf("-  %v", c.action)
	}
	before, after := p.nodes[s[nodesAt+c.node]].node, p.nodes[next[nodesAt+c.node]].node
	line := fmt.Sprintf("%c  %v%s", 'a'+c.node, c.action, before.object(c.action))
	var then []string
	if after.role != before.role {
		then = append(then, [...]string{"its role is off", fmt.Sprintf("its role starts, token %v", after.term.Token), "its role is to stop"}[after.role])
	}
	if c.action < localActions {
		for k := len(before.requests); k < len(after.requests); k++ {
			then = append(then, "sends "+callText(&after.requests[k].call))
		}
	}
	if len(then) > 0 {
		line += ": " + strings.Join(then, ", ")
	}
	return line
}

func (n *node) object(a action) string {
	switch a {
	case take:
		return " " + eventText(&n.stream[0].event)
	case overtake:
		return " " + eventText(&n.stream[1].event)
	case serve:
		return ": " + callText(&n.requests[0].call)
	case straggle:
		return ": " + callText(&n.limbo[0].call)
	}
	return ""
}

func eventText(ev *election.Event) string {
	switch ev.Kind {
	case election.Suspended:
		return "the loss of its connection"
	case election.Resumed:
		return "that it has a connection again"
	case election.Expired:
		return "the end of its session"
	case election.WatchFired:
		return "a watch event: " + ev.Change.String()
	}
	switch {
	case ev.Err != nil:
		return "an answer: " + ev.Err.Error()
	case ev.Path != "":
		return "an answer: created " + ev.Path
	case ev.Names != nil:
		return fmt.Sprintf("an answer: children %v", ev.Names)
	case ev.Data != nil:
		return fmt.Sprintf("an answer: %s, version %d", ev.Data, ev.Stat.Version)
	}
	return "an answer: done"
}

func callText(c *election.Call) string {
	switch c.Kind {
	case election.CallCreate:
		return "create " + c.Path
	case election.CallGet:
		return "get " + c.Path
	case election.CallChildren:
		return "children of " + c.Path
	case election.CallDelete:
		return "delete " + c.Path
	}
	var ops []string
	for _, op := range c.Ops {
		text := fmt.Sprintf("%v %s", op.Type, op.Path)
		if op.Type == coord.OpSet {
			text += " = " + string(op.Data)
		}
		if op.Version != coord.AnyVersion {
			text += fmt.Sprintf(" at version %d", op.Version)
		}
		ops = append(ops, text)
	}
	return strings.Join(ops, "; ")
}

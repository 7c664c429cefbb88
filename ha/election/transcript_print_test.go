package election

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

var slotNames = [slots]string{"prev", "holder", "register", "children", "own"}

func describeEffect(e *Effect) string {
	switch e.Kind {
	case DoCall:
		return describeCall(&e.Call)
	case OpenSession:
		return "open a session"
	case Reconnect:
		return "reconnect"
	case StartRole:
		return fmt.Sprintf("start the role: token %v, term %d", e.Term.Token, e.Term.Number)
	case StopRole:
		return fmt.Sprintf("stop the role of token %v: %v", e.Term.Token, e.Reason)
	case Overran:
		return fmt.Sprintf("the role of token %v overran", e.Term.Token)
	case Tell:
		return "tell: " + describeNotice(&e.Notice)
	case Finished:
		s := "finished"
		if e.Clean {
			s += ", clean"
		}
		return s + describeError(e.Err)
	}
	return fmt.Sprintf("unknown effect %+v", *e)
}

func describeError(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (%v)", err)
}

func describeCall(c *Call) string {
	s := fmt.Sprintf("#%d ", c.ID)
	switch c.Kind {
	case CallCreate:
		s += fmt.Sprintf("create %s %q %v", c.Path, c.Data, c.Mode)
	case CallGet:
		s += "get " + c.Path
	case CallChildren:
		s += "children " + c.Path
	case CallDelete:
		s += "delete " + c.Path
	case CallMulti:
		var ops []string
		for i := range c.Ops {
			ops = append(ops, describeOp(&c.Ops[i]))
		}
		s += "multi: " + strings.Join(ops, ", ")
	default:
		return fmt.Sprintf("unknown call %+v", *c)
	}
	if c.Watch {
		s += " watch"
	}
	return s
}

func describeOp(op *coord.Op) string {
	s := fmt.Sprintf("%v %s", op.Type, op.Path)
	if op.Version != coord.AnyVersion {
		s += fmt.Sprintf(" v%d", op.Version)
	}
	if op.Data != nil {
		s += " " + string(op.Data)
	}
	return s
}

var noticeNames = map[NoticeKind]string{NowCandidate: "candidate", NowStandby: "standby", NowMaster: "master", TermEnded: "term ended",
	NowSuspended: "suspended", NowResumed: "resumed", SessionGone: "session gone", SkippedChild: "skipped child"}

func describeNotice(n *Notice) string {
	s := noticeNames[n.Kind]
	if n.Node != "" {
		s += " " + n.Node
	}
	if n.Kind == NowStandby && n.Leader != "" {
		s += ", leader " + n.Leader
	}
	if n.Term.Token != 0 {
		s += fmt.Sprintf(", token %v", n.Term.Token)
	}
	if n.Reason != NoReason {
		s += ", " + n.Reason.String()
	}
	return s + describeError(n.Err)
}

// printState tells where the Machine stands: its status, what it waits for, and until when.
func (p *play) printState() {
	st := p.m.Status()
	parts := []string{st.State.String()}
	add := func(cond bool, format string, args ...any) {
		if cond {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(st.Suspended, "suspended")
	add(st.Node != "", "node %s", st.Node)
	add(st.Leader != "", "leader %s", st.Leader)
	if st.Term.Token != 0 {
		add(true, "token %v role %s lease %s", st.Term.Token, [...]string{"off", "on", "stopping"}[p.m.role], p.offset(p.m.lease()))
		add(st.Stopping != NoReason, "ending: %v", st.Stopping)
	}
	add(p.m.step != idle && p.m.call != 0, "%v #%d", p.m.step, p.m.call)
	add(p.m.step != idle && p.m.call == 0, "%v not sent", p.m.step)
	add(p.m.renewal != 0, "renewal #%d", p.m.renewal)
	for s, call := range p.m.watches {
		add(call != 0, "watch %s #%d", slotNames[s], call)
	}
	if at, ok := p.m.Deadline(); ok {
		add(true, "deadline %s", p.offset(at))
	}
	fmt.Fprintf(&p.out, "= %s\n", strings.Join(parts, "; "))
}

func (p *play) offset(at coord.Instant) string {
	if at <= 0 {
		return "none"
	}
	return fmt.Sprintf("%+.3fs", at.Sub(playStart).Seconds())
}

package simulate

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// Lane is whom a line of a history is about: "n0" and so on for nodes, "s0" for servers, "service", and "fault".
type Lane string

// Line is one thing that happened.
type Line struct {
	At    coord.Instant
	Lane  Lane
	Text  string
	Token coord.Zxid // where it is about a term
}

// History is what happened, in order.
type History struct{ Lines []Line }

// String is a line for each thing, with the time since the beginning.
func (h *History) String() string { return h.tail(len(h.Lines)) }

// tail is the last n lines.
func (h *History) tail(n int) string {
	var b strings.Builder
	for _, l := range h.Lines[max(0, len(h.Lines)-n):] {
		fmt.Fprintf(&b, "%12.6fs  %-8s %s", l.At.Sub(began).Seconds(), l.Lane, l.Text)
		if l.Token != 0 {
			fmt.Fprintf(&b, "  [token %v]", l.Token)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

type laneKind uint8

const (
	nodeLane laneKind = iota
	serverLane
	serviceLane
	faultLane
)

func (k laneKind) lane(i int16) Lane {
	switch k {
	case nodeLane:
		return Lane(fmt.Sprintf("n%d", i))
	case serverLane:
		return Lane(fmt.Sprintf("s%d", i))
	case serviceLane:
		return "service"
	}
	return "fault"
}

func (w *World) note(k laneKind, i int16, text string) {
	if w.history != nil {
		w.history.Lines = append(w.history.Lines, Line{At: w.now, Lane: k.lane(i), Text: text})
	}
}

func (w *World) noteTerm(i int16, text string, token coord.Zxid) {
	if w.history != nil {
		w.history.Lines = append(w.history.Lines, Line{At: w.now, Lane: nodeLane.lane(i), Text: text, Token: token})
	}
}

var noticeTexts = map[election.NoticeKind]string{
	election.NowCandidate: "is a candidate",
	election.NowStandby:   "stands by",
	election.NowMaster:    "has a term",
	election.TermEnded:    "term over",
	election.NowSuspended: "suspended",
	election.NowResumed:   "resumed",
	election.SessionGone:  "session expired",
	election.SkippedChild: "skips a child",
}

func noticeText(n *election.Notice) string {
	text := noticeTexts[n.Kind]
	switch n.Kind {
	case election.NowCandidate, election.SkippedChild:
		text += " " + n.Node
	case election.NowStandby:
		text += " for " + n.Leader
	case election.TermEnded:
		text += ": " + n.Reason.String()
	}
	return text
}

func registerText(c *RegisterChange) string {
	if c.After.Released {
		if c.Before.Holder == "" {
			return fmt.Sprintf("session %v writes the policy's name", c.By)
		}
		return fmt.Sprintf("%s releases term %d", c.Before.Holder, c.After.Term)
	}
	return fmt.Sprintf("%s claims term %d", c.After.Holder, c.After.Term)
}

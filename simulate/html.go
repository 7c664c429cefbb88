package simulate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// page has the names of what differs in double braces. It is filled in by hand: to import a package of templates keeps every exported
// method of every type in the program (they look methods up by name), and that makes hademo a quarter bigger.
//
//go:embed timeline.html
var page string

// picture is a history as the page draws it. Times are in seconds since the beginning.
type picture struct {
	End    float64   `json:"end"`
	Broken *float64  `json:"broken,omitempty"` // when a promise was
	Lanes  []Lane    `json:"lanes"`
	Spans  []span    `json:"spans"`
	Marks  []picMark `json:"marks"`
}

// span is a time during which a node, a server, the register or a fault is in some state.
type span struct {
	Lane Lane     `json:"lane"`
	Kind spanKind `json:"kind"`
	From float64  `json:"from"`
	To   float64  `json:"to"`
	Text string   `json:"text,omitempty"`
}

type spanKind string

// The kinds, as the page names them too.
const (
	spanCandidate spanKind = "candidate"
	spanSuspended spanKind = "suspended"
	spanStill     spanKind = "still"
	spanRole      spanKind = "role"
	spanStopping  spanKind = "stopping"
	spanDown      spanKind = "down"
	spanTerm      spanKind = "term"
	spanLeading   spanKind = "leading"
	spanFollowing spanKind = "following"
	spanLooking   spanKind = "looking"
	spanLasting   spanKind = "lasting"
)

// picMark is something at an instant.
type picMark struct {
	Lane Lane    `json:"lane"`
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// WriteHTML writes the history of r, which must have been recorded, as a page that needs nothing else: a lane for each node, what it
// was at which time, the same for the register and the servers, and faults as marks.
func (r *Result) WriteHTML(to io.Writer) error {
	if r.History == nil {
		return fmt.Errorf("%w: this run kept no history", coord.ErrInvalid)
	}
	end := r.Elapsed
	if r.Violation != nil {
		end += end / 50 // or what broke the promise would stand on the edge
	}
	p := r.History.picture(end)
	title, verdict := fmt.Sprintf("seed %d: no promise is broken", r.Options.Seed), "kept"
	if r.Violation != nil {
		title, verdict = fmt.Sprintf("seed %d: %v", r.Options.Seed, r.Violation), "broken"
		at := seconds(r.Violation.At)
		p.Broken = &at
		p.mark("fault", at, r.Violation.Error())
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	// json.Marshal escapes what would end the script.
	_, err = strings.NewReplacer("{{title}}", html.EscapeString(title), "{{verdict}}", verdict, "{{data}}", string(data)).WriteString(to, page)
	return err
}

func seconds(at coord.Instant) float64 { return at.Sub(began).Seconds() }

// picture turns lines into spans: each begins one state of its lane, or ends it.
func (h *History) picture(elapsed time.Duration) *picture {
	p := &picture{End: elapsed.Seconds()}
	open := map[Lane]map[spanKind]int{}
	for _, l := range h.Lines {
		at := seconds(l.At)
		p.mark(l.Lane, at, strings.TrimSpace(l.Text+" "+token(l.Token)))
		states := open[l.Lane]
		if states == nil {
			states = map[spanKind]int{}
			open[l.Lane] = states
		}
		begins, ends := effectOf(l.Text)
		for _, kind := range ends {
			if i, ok := states[kind]; ok {
				p.Spans[i].To = at
				delete(states, kind)
			}
		}
		switch length, lasts := lengthOf(l.Text); {
		case begins == spanTerm:
			states[begins] = p.span(l.Lane, begins, at, p.End, l.Text)
		case begins != "":
			states[begins] = p.span(l.Lane, begins, at, p.End, token(l.Token))
		case lasts:
			p.span(l.Lane, spanLasting, at, min(at+length.Seconds(), p.End), l.Text)
		}
	}
	return p
}

func (p *picture) mark(lane Lane, at float64, text string) {
	if !slices.Contains(p.Lanes, lane) {
		p.Lanes = append(p.Lanes, lane)
	}
	p.Marks = append(p.Marks, picMark{lane, at, text})
}

// span returns the index of what it adds.
func (p *picture) span(lane Lane, kind spanKind, from, to float64, text string) int {
	p.Spans = append(p.Spans, span{Lane: lane, Kind: kind, From: from, To: to, Text: text})
	return len(p.Spans) - 1
}

func token(z coord.Zxid) string {
	if z == 0 {
		return ""
	}
	return "token " + z.String()
}

// lengthOf is how long what a line tells of lasts, if it says so at its end.
func lengthOf(text string) (time.Duration, bool) {
	i := strings.LastIndex(text, " for ")
	if i < 0 {
		return 0, false
	}
	d, err := time.ParseDuration(text[i+len(" for "):])
	return d, err == nil
}

// effectOf is which state a line begins, and which it ends.
func effectOf(text string) (begins spanKind, ends []spanKind) {
	for _, e := range effects {
		if strings.HasPrefix(text, e.words) || e.within && strings.Contains(text, e.words) {
			return e.begins, e.ends
		}
	}
	return "", nil
}

var (
	inOffice = []spanKind{spanLeading, spanFollowing, spanLooking, spanDown}
	effects  = []struct {
		words  string // at the beginning of a line
		within bool   // or anywhere in it
		begins spanKind
		ends   []spanKind
	}{
		{words: "starts", ends: []spanKind{spanDown}},
		{words: "dies", begins: spanDown, ends: []spanKind{spanCandidate, spanSuspended, spanStill, spanRole, spanStopping}},
		{words: "leaves", ends: []spanKind{spanCandidate, spanSuspended}},
		{words: "is a candidate", begins: spanCandidate, ends: []spanKind{spanCandidate}},
		{words: "session expired", ends: []spanKind{spanCandidate, spanSuspended}},
		{words: "suspended", begins: spanSuspended, ends: []spanKind{spanSuspended}},
		{words: "resumed", ends: []spanKind{spanSuspended}},
		{words: "stands still", begins: spanStill, ends: []spanKind{spanStill}},
		{words: "goes on", ends: []spanKind{spanStill}},
		{words: "role starts", begins: spanRole},
		{words: "role stops", begins: spanStopping, ends: []spanKind{spanRole}},
		{words: "role returns", ends: []spanKind{spanRole, spanStopping}},
		{words: "leads", begins: spanLeading, ends: inOffice},
		{words: "follows", begins: spanFollowing, ends: inOffice},
		{words: "looks for a leader", begins: spanLooking, ends: inOffice},
		{words: "crashes", begins: spanDown, ends: inOffice},
		{words: "is up", ends: inOffice},
		{words: " claims term ", within: true, begins: spanTerm, ends: []spanKind{spanTerm}},
		{words: " releases term ", within: true, ends: []spanKind{spanTerm}},
	}
)

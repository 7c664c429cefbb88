package simulate

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

//go:embed timeline.html
var pageText string

var page = template.Must(template.New("timeline").Parse(pageText))

// picture is a history as the page draws it. Times are in seconds since the beginning.
type picture struct {
	Title string    `json:"title"`
	End   float64   `json:"end"`
	Lanes []Lane    `json:"lanes"`
	Spans []span    `json:"spans"`
	Marks []picMark `json:"marks"`
}

// span is a time during which a node is in some state.
type span struct {
	Lane  Lane    `json:"lane"`
	Kind  string  `json:"kind"` // candidate, suspended, still, role, stopping, down
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Token string  `json:"token,omitempty"`
}

// picMark is something at an instant.
type picMark struct {
	Lane Lane    `json:"lane"`
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// WriteHTML writes the history of r, which must have been recorded, as a page that needs nothing else: a lane for each node, what it
// was at which time, and faults as marks.
func (r *Result) WriteHTML(to io.Writer) error {
	if r.History == nil {
		return fmt.Errorf("%w: this run kept no history", coord.ErrInvalid)
	}
	p := r.History.picture(r.Elapsed)
	p.Title = fmt.Sprintf("seed %d: no promise is broken", r.Options.Seed)
	if r.Violation != nil {
		p.Title = fmt.Sprintf("seed %d: %v", r.Options.Seed, r.Violation)
		p.Marks = append(p.Marks, picMark{"fault", seconds(r.Violation.At), r.Violation.Error()})
	}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return page.Execute(to, struct {
		Title string
		Data  template.JS
	}{p.Title, template.JS(data)}) // json.Marshal escapes what would end the script
}

func seconds(at coord.Instant) float64 { return at.Sub(began).Seconds() }

// picture turns lines into spans: each begins one state of its lane, or ends it.
func (h *History) picture(elapsed time.Duration) picture {
	p := picture{End: elapsed.Seconds()}
	open := map[Lane]map[string]int{}
	for _, l := range h.Lines {
		at := seconds(l.At)
		states := open[l.Lane]
		if states == nil {
			states = map[string]int{}
			open[l.Lane] = states
			p.Lanes = append(p.Lanes, l.Lane)
		}
		p.Marks = append(p.Marks, picMark{l.Lane, at, strings.TrimSpace(l.Text + " " + token(l.Token))})
		begins, ends := effectOf(l.Text)
		for _, kind := range ends {
			if i, ok := states[kind]; ok {
				p.Spans[i].To = at
				delete(states, kind)
			}
		}
		if begins != "" {
			states[begins] = len(p.Spans)
			p.Spans = append(p.Spans, span{Lane: l.Lane, Kind: begins, From: at, To: p.End, Token: token(l.Token)})
		}
	}
	return p
}

func token(z coord.Zxid) string {
	if z == 0 {
		return ""
	}
	return "token " + z.String()
}

// effectOf is which state a line begins, and which it ends.
func effectOf(text string) (begins string, ends []string) {
	for _, e := range [...]struct {
		prefix, begins string
		ends           []string
	}{
		{"starts", "", []string{"down"}},
		{"dies", "down", []string{"candidate", "suspended", "still", "role", "stopping"}},
		{"leaves", "", []string{"candidate", "suspended"}},
		{"is a candidate", "candidate", []string{"candidate"}},
		{"session expired", "", []string{"candidate", "suspended"}},
		{"suspended", "suspended", []string{"suspended"}},
		{"resumed", "", []string{"suspended"}},
		{"stands still", "still", []string{"still"}},
		{"goes on", "", []string{"still"}},
		{"role starts", "role", nil},
		{"role stops", "stopping", []string{"role"}},
		{"role returns", "", []string{"role", "stopping"}},
	} {
		if strings.HasPrefix(text, e.prefix) {
			return e.begins, e.ends
		}
	}
	return "", nil
}

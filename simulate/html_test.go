package simulate_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/simulate"
)

// span is as the page has it.
type span struct {
	Lane, Kind string
	From, To   float64
	Text       string
}

// drawn writes the page of a run with these lines, a second apart, and returns it and what it draws as spans.
func drawn(t *testing.T, r simulate.Result, lines ...simulate.Line) (page string, spans []span) {
	t.Helper()
	// The history of an empty world begins when all do.
	began := simulate.Record(simulate.Options{Seed: 1, Quiet: true, For: time.Millisecond}).History.Lines[0].At
	for i := range lines {
		lines[i].At = began.Add(time.Duration(i) * time.Second)
	}
	r.History, r.Elapsed = &simulate.History{Lines: lines}, time.Duration(len(lines))*time.Second
	if r.Violation != nil {
		r.Violation.At = began.Add(r.Elapsed)
	}
	var b strings.Builder
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^const data = (.*);$`).FindStringSubmatch(b.String())
	if found == nil {
		t.Fatalf("the page has no data:\n%s", b.String())
	}
	var data struct{ Spans []span }
	if err := json.Unmarshal([]byte(found[1]), &data); err != nil {
		t.Fatal(err)
	}
	return b.String(), data.Spans
}

func TestAPageShowsWhatNodesRegisterAndServersWere(t *testing.T) {
	_, got := drawn(t, simulate.Result{},
		simulate.Line{Lane: "n0", Text: "is a candidate a-0000000000"},
		simulate.Line{Lane: "s0", Text: "leads"},
		simulate.Line{Lane: "service", Text: "a-0000000000 claims term 1"},
		simulate.Line{Lane: "n0", Text: "role starts", Token: 7},
		simulate.Line{Lane: "fault", Text: "s0 lags for 1.5s"},
		simulate.Line{Lane: "n0", Text: "role stops: node lost", Token: 7},
		simulate.Line{Lane: "s0", Text: "crashes"},
		simulate.Line{Lane: "n0", Text: "role returns", Token: 7},
		simulate.Line{Lane: "service", Text: "a-0000000000 releases term 1"},
	)
	want := []span{
		{"n0", "candidate", 0, 9, ""},
		{"s0", "leading", 1, 6, ""},
		{"service", "term", 2, 8, "a-0000000000 claims term 1"},
		{"n0", "role", 3, 5, "token 0x7"},
		{"fault", "lasting", 4, 5.5, "s0 lags for 1.5s"},
		{"n0", "stopping", 5, 7, "token 0x7"},
		{"s0", "down", 6, 9, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestAPageSaysWhatIsBrokenAndNeedsNothingElse(t *testing.T) {
	hostile := `</script><img src="http://192.0.2.1/">`
	page, _ := drawn(t, simulate.Result{Violation: &simulate.Violation{Invariant: "S1", Detail: hostile}},
		simulate.Line{Lane: "n0", Text: hostile})
	for _, want := range []string{`<h1 class="broken">`, `"broken":1`, "S1 is broken"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Count(page, "</script>") != 1 || strings.Contains(page, "<img") {
		t.Error("what a run says ends up as markup")
	}
	for _, outside := range []string{"<link", "@import", "url(", "fetch(", ` src="`} {
		if strings.Contains(page, outside) {
			t.Errorf("the page asks for something else: %s", outside)
		}
	}
}

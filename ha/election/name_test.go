package election

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawID draws a valid candidate id, with a liking for what could be mistaken for the rest of a name.
func drawID(t *rapid.T) string {
	id := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "-", "--", "+", "7", "0000000001", "192.168.0.1", "é"}), 1, 6).Draw(t, "id"), "")
	return strings.TrimRight(id, "-") + rapid.SampledFrom([]string{"x", "0", "+"}).Draw(t, "end")
}

func TestNamesGoRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, weighted := drawID(t), rapid.Bool().Draw(t, "weighted")
		if err := (&Config{Path: "/e", ID: id}).Validate(); err != nil {
			t.Fatal(err)
		}
		want := Candidate{ID: id, Seq: rapid.Int32().Draw(t, "seq")}
		if weighted {
			want.Weight = rapid.Int32().Draw(t, "weight")
		}
		want.Node = nodePrefix(id, want.Weight, weighted) + fmt.Sprintf("%010d", want.Seq) // as ZooKeeper does
		if got, ok := ParseNode(want.Node, weighted); !ok || got != want {
			t.Fatalf("%q: got %+v, %v, want %+v", want.Node, got, ok, want)
		}
	})
}

func TestNamesAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		name     string
		weighted bool
		want     Candidate
	}{
		{"a-0000000000", false, Candidate{ID: "a"}},
		{"a-2147483647", false, Candidate{ID: "a", Seq: math.MaxInt32}},
		{"a--2147483648", false, Candidate{ID: "a", Seq: math.MinInt32}},
		{"a--000000001", false, Candidate{ID: "a", Seq: -1}},
		{"a-b-0000000005", false, Candidate{ID: "a-b", Seq: 5}},
		{"a-0000000001-0000000002", false, Candidate{ID: "a-0000000001", Seq: 2}},
		{"-a-0000000005", false, Candidate{ID: "-a", Seq: 5}},
		{"a+b-0000000005", false, Candidate{ID: "a+b", Seq: 5}},
		{"a+-3-0000000005", true, Candidate{ID: "a", Weight: -3, Seq: 5}},
		{"a+1+2--000000005", true, Candidate{ID: "a+1", Weight: 2, Seq: -5}},
		{"a+-2147483648--2147483648", true, Candidate{ID: "a", Weight: math.MinInt32, Seq: math.MinInt32}},
	} {
		c.want.Node = c.name
		if got, ok := ParseNode(c.name, c.weighted); !ok || got != c.want {
			t.Errorf("%q: got %+v, %v, want %+v", c.name, got, ok, c.want)
		}
	}
}

func TestForeignNamesAreNoCandidates(t *testing.T) {
	for _, name := range []string{"", "-", "README", "_c_x", "0000000000", "-0000000000", "--000000001", "a-000000000", "a-00000000000", "a-000000000x",
		"a0000000000", "a-2147483648", "a-9999999999", "a--2147483649", "a-0000000000 ", "a-٠٠٠٠٠٠٠٠٠٠"} {
		if c, ok := ParseNode(name, false); ok {
			t.Errorf("%q is taken for %+v", name, c)
		}
	}
	for _, name := range []string{"a-0000000000", "a+-0000000000", "a+x-0000000000", "+1-0000000000", "a+2147483648-0000000000", "a+1 -0000000000"} {
		if c, ok := ParseNode(name, true); ok {
			t.Errorf("%q is taken for %+v", name, c)
		}
	}
}

func FuzzParseNode(f *testing.F) {
	for _, name := range []string{"a-0000000000", "a+3--000000001", "--000000001", "a-b", "+-0000000000", "a--2147483648"} {
		f.Add(name, true)
		f.Add(name, false)
	}
	f.Fuzz(func(t *testing.T, name string, weighted bool) {
		c, ok := ParseNode(name, weighted)
		if ok && (c.Node != name || c.ID == "" || !strings.HasPrefix(name, c.ID)) {
			t.Fatalf("%q gives %+v", name, c)
		}
	})
}

func FuzzParseRegister(f *testing.F) {
	for _, data := range []string{"", "{}", "null", "hello", `{"term":1,"holder":"a-0000000000","id":"a","policy":"oldest"}`,
		`{"term":2,"released":true,"policy":"name"}`, `{"term":-1}`, `[1]`, "\xff"} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRegister(data)
		if err != nil || r == (Register{}) {
			return
		}
		if again, err := ParseRegister(r.Encode()); err != nil || again != r {
			t.Fatalf("%q gives %+v, which comes back as %+v, %v", data, r, again, err)
		}
	})
}

package election

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"pgregory.net/rapid"
)

func TestRegistersGoRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Register{Term: rapid.Uint64Min(1).Draw(t, "term"), Policy: rapid.StringN(1, 20, 40).Draw(t, "policy"), ID: rapid.String().Draw(t, "id")}
		if want.Released = rapid.Bool().Draw(t, "released"); !want.Released {
			want.Holder = rapid.StringN(1, 20, 40).Draw(t, "holder")
		}
		if got, err := ParseRegister(want.Encode()); err != nil || got != want {
			t.Fatalf("%+v comes back as %+v, %v", want, got, err)
		}
	})
}

func TestEmptyDataIsANewRegister(t *testing.T) {
	for _, data := range [][]byte{nil, {}} {
		if r, err := ParseRegister(data); err != nil || r != (Register{}) {
			t.Errorf("%q: %+v, %v", data, r, err)
		}
	}
}

func TestUnknownMembersAreLeftToLaterVersions(t *testing.T) {
	r, err := ParseRegister([]byte(`{"term":3,"holder":"a-0000000001","id":"a","policy":"oldest","since":{"x":[1]}}`))
	if want := (Register{Term: 3, Holder: "a-0000000001", ID: "a", Policy: "oldest"}); err != nil || r != want {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestDataThatIsNoRegisterIsRefused(t *testing.T) {
	for _, data := range []string{
		" ", "hello", "null", "1", `"x"`, "[]", "{}", "{", "\x00", "\xff\xfe",
		`{"term":0,"holder":"a-0000000000","policy":"oldest"}`,
		`{"term":-1,"holder":"a-0000000000","policy":"oldest"}`,
		`{"term":1,"holder":"a-0000000000"}`,
		`{"term":1,"policy":"oldest"}`,
		`{"term":1,"holder":"a-0000000000","released":true,"policy":"oldest"}`,
		`{"term":1,"holder":7,"policy":"oldest"}`,
		`{"term":1,"holder":"a-0000000000","policy":"oldest"} x`,
	} {
		if r, err := ParseRegister([]byte(data)); !errors.Is(err, ErrNoRegister) {
			t.Errorf("%q: %+v, %v", data, r, err)
		}
	}
	_, err := ParseRegister([]byte(strings.Repeat("x", 1<<20)))
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("the error for much data is %d bytes long", len(err.Error()))
	}
}

func TestAllThatIsWrongWithAConfigIsReportedAtOnce(t *testing.T) {
	bad := Config{
		Path: "e/", ID: "a/b", Data: make([]byte, coord.MaxData+1), Policy: Policy{Displaces: true}, Weight: 3, OnSuspend: 9,
		Grace: -1, WaitMin: -time.Second,
	}
	err := bad.Validate()
	if !errors.Is(err, coord.ErrInvalid) {
		t.Fatal(err)
	}
	for _, word := range []string{"election path", "candidate id", "candidate data", "needs a name", "priority 3", "on suspension 9", "grace", "wait"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("nothing about %q in:\n%v", word, err)
		}
	}
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		if !errors.Is(one, coord.ErrInvalid) {
			t.Errorf("does not match ErrInvalid: %v", one)
		}
	}
}

func TestConfigsAtTheEdges(t *testing.T) {
	long := strings.Repeat("x", maxID)
	for _, c := range []struct {
		what string
		cfg  Config
		ok   bool
	}{
		{"zero policy", Config{Path: "/e", ID: "a"}, true},
		{"deep path", Config{Path: "/a/b/c", ID: "a"}, true},
		{"root", Config{Path: "/", ID: "a"}, false},
		{"no path", Config{ID: "a"}, false},
		{"relative path", Config{Path: "e", ID: "a"}, false},
		{"trailing slash", Config{Path: "/e/", ID: "a"}, false},
		{"no id", Config{Path: "/e"}, false},
		{"id that ends in a hyphen", Config{Path: "/e", ID: "a-"}, false},
		{"id with hyphens", Config{Path: "/e", ID: "-a--b"}, true},
		{"longest id", Config{Path: "/e", ID: long}, true},
		{"longer id", Config{Path: "/e", ID: long + "x"}, false},
		{"most data", Config{Path: "/e", ID: "a", Data: make([]byte, coord.MaxData)}, true},
		{"weight with a policy that weighs", Config{Path: "/e", ID: "a", Policy: ByPriority, Weight: -1}, true},
		{"weight without", Config{Path: "/e", ID: "a", Policy: ByName, Weight: 1}, false},
		{"wait from the default to less", Config{Path: "/e", ID: "a", WaitMax: time.Millisecond}, false},
		{"wait from more than the default's end", Config{Path: "/e", ID: "a", WaitMin: time.Hour}, true},
	} {
		if err := c.cfg.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

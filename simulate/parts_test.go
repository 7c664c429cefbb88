package simulate

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"pgregory.net/rapid"
)

func TestEventsComeInOrderOfTimeAndThenOfBeingAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var twin []event
		for n := rapid.IntRange(1, 200).Draw(t, "steps"); n > 0; n-- {
			if len(twin) > 0 && rapid.Bool().Draw(t, "pop") {
				if got := q.pop(); got != twin[0] {
					t.Fatalf("got %+v, want %+v", got, twin[0])
				}
				twin = twin[1:]
				continue
			}
			e := event{at: coord.Instant(rapid.IntRange(0, 9).Draw(t, "at")), arg: uint32(n)}
			q.push(e)
			e.seq = q.seq
			twin = append(twin, e)
			slices.SortStableFunc(twin, func(a, b event) int { return cmp.Compare(a.at, b.at) })
		}
	})
}

func TestAPipeIsFirstInFirstOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pipe[int]
		var twin []int
		for n := rapid.IntRange(1, 100).Draw(t, "steps"); n > 0; n-- {
			switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
			case what < 3:
				*p.next() = n
				twin = append(twin, n)
			case len(twin) == 0:
			case what == 3:
				if got := *p.first(); got != twin[0] {
					t.Fatalf("got %d, want %d", got, twin[0])
				}
				p.drop()
				twin = twin[1:]
			case what == 4:
				i := rapid.IntRange(0, len(twin)-1).Draw(t, "place")
				p.remove(p.head + i)
				twin = slices.Delete(twin, i, i+1)
			default:
				k := rapid.IntRange(1, len(twin)).Draw(t, "kept")
				p.cut(k)
				twin = twin[:k]
				p = p.clone()
			}
			if !slices.Equal(p.items[p.head:], twin) || p.len() != len(twin) {
				t.Fatalf("holds %v, should %v", p.items[p.head:], twin)
			}
		}
	})
}

// TestAClockReachesWhatItShows: reaches is the first instant at which the clock shows that or more.
func TestAClockReachesWhatItShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock{ppm: rapid.Int64Range(-20_000, 20_000).Draw(t, "ppm"), offset: coord.Instant(rapid.Int64Range(0, 1<<50).Draw(t, "offset"))}
		l := c.offset + coord.Instant(rapid.Int64Range(1, 1<<50).Draw(t, "local"))
		at := c.reaches(l)
		if c.local(at) < l {
			t.Fatalf("at %d it shows %d, not yet %d", at, c.local(at), l)
		}
		// Rounding may cost two nanoseconds.
		if c.local(at-3) >= l {
			t.Fatalf("it shows %d at %d already", l, at-3)
		}
	})
}

func TestASchedulePrintsAsItParses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Schedule
		for range rapid.IntRange(0, 30).Draw(t, "choices") {
			s = append(s, Choice{
				Why: Reason(rapid.IntRange(0, Reasons-1).Draw(t, "why")),
				At:  rapid.Uint32().Draw(t, "at"), Value: rapid.Uint32Range(1, 1<<30).Draw(t, "value"),
			})
		}
		got, err := ParseSchedule("# a comment\n\n" + s.String())
		if err != nil || !slices.Equal(got, s.sorted()) {
			t.Fatalf("got %v, %v, want %v", got, err, s.sorted())
		}
	})
}

func TestTextThatIsNoScheduleIsRefused(t *testing.T) {
	for _, text := range []string{"which", "run nodes=x", "run nodes=99", "run seed=1\nwhim 1=1", "run seed=1\nwhich 1", "run what=1", "run seed=1\nwhich 1=-1"} {
		if c, err := ParseCase(text); !errors.Is(err, ErrSchedule) {
			t.Errorf("%q was read as %v, %v", text, c, err)
		}
	}
}

func TestAPlayerTakesTheLastOfWhatThereIs(t *testing.T) {
	p := NewPlayer(Schedule{{Which, 1, 9}, {Target, 0, 2}})
	if a, b, c := p.Choose(5, Which), p.Choose(5, Which), p.Choose(5, Which); a != 0 || b != 4 || c != 0 {
		t.Errorf("chose %d, %d, %d", a, b, c)
	}
	if a := p.Choose(3, Target); a != 2 {
		t.Errorf("chose %d", a)
	}
}

func TestFaultsPrintAsTheyParse(t *testing.T) {
	for _, list := range []string{"none", "all", "crash", "cut-up,pause", "stall"} {
		f, err := ParseFaults(list)
		if err != nil || f.String() != list {
			t.Errorf("%q is read as %v, %v", list, f, err)
		}
	}
	if f, err := ParseFaults("all,-pause,stall"); err != nil || f != AllFaults&^Pause|Stall {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := ParseFaults("crash,rain"); !errors.Is(err, ErrFault) {
		t.Errorf("got %v", err)
	}
	if everyFault != 1<<len(faultNames)-1 {
		t.Errorf("%d names for %b", len(faultNames), everyFault)
	}
}

func TestTheGeneratorStaysAsItIs(t *testing.T) {
	g := NewGenerator(1)
	var got []int
	for range 8 {
		got = append(got, g.Choose(1000, Swarm))
	}
	if want := []int{566, 745, 971, 444, 444, 762, 877, 523}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

package proptest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

// TestATapeThatWasTamperedWithIsRefused shows that a replay can fail: it takes the tape of a candidate that was elected and left, and
// spoils it in the ways in which a shell could be wrong.
func TestATapeThatWasTamperedWithIsRefused(t *testing.T) {
	tape := newTape()
	synctest.Test(t, func(t *testing.T) {
		service, err := membackend.New(membackend.Config{SessionTimeout: timeout})
		if err != nil {
			t.Fatal(err)
		}
		defer service.Close()
		ctx, leave := context.WithTimeout(context.Background(), time.Minute)
		defer leave()
		if err := ha.Run(ctx, service.Client("a"), ha.Config{Path: path, ID: "a", Logger: tape}, idle); err != nil {
			t.Fatal(err)
		}
	})
	if wrong := tape.faults(true); len(wrong) > 0 {
		t.Fatalf("refused as it is: %v", wrong)
	}
	reply := slices.IndexFunc(tape.steps, func(s taped) bool { return s.event.Kind == election.Reply })
	tick := slices.IndexFunc(tape.steps, func(s taped) bool { return s.event.Kind == election.Tick })
	if reply < 0 || tick < 0 {
		t.Fatal("no reply, or no timer, is on the tape")
	}
	for name, tamper := range map[string]func(s []taped) []taped{
		"an event is lost":     func(s []taped) []taped { return slices.Delete(s, reply, reply+1) },
		"an event comes twice": func(s []taped) []taped { return slices.Insert(s, reply, s[reply]) },
		"two change places": func(s []taped) []taped {
			s[reply], s[reply+1] = s[reply+1], s[reply]
			return s
		},
		"an effect is lost": func(s []taped) []taped {
			s[reply].effects = nil
			return s
		},
		"a timer is late": func(s []taped) []taped {
			for i := tick; i < len(s); i++ {
				s[i].at = s[i].at.Add(time.Second)
			}
			return s
		},
		"the machine was touched": func(s []taped) []taped {
			s[reply].after = s[reply+1].after
			return s
		},
	} {
		spoiled := newTape()
		spoiled.rules, spoiled.steps = tape.rules, tamper(slices.Clone(tape.steps))
		if len(spoiled.faults(true)) == 0 {
			t.Errorf("not refused where %s", name)
		}
	}
}

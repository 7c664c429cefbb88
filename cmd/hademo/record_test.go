package main

import (
	"errors"
	"testing"
	"time"

	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

func TestRecordAsJSONHasNanosecondsAndOnlyWhatIsKnown(t *testing.T) {
	when := timestamp{time.Date(2024, 5, 1, 12, 0, 0, 120_000_000, time.FixedZone("", 7200))}
	for want, r := range map[string]record{
		`{"time":"2024-05-01T10:00:00.120000000Z","id":"n","event":"candidate"}` + "\n": {Time: when, ID: "n", Event: ha.BecameCandidate},
		`{"time":"2024-05-01T10:00:00.120000000Z","id":"n","event":"role_stopped","token":1882431826661736454,"reason":"lease ended"}` + "\n": {
			Time: when, ID: "n", Event: ha.RoleStopped, Token: 1882431826661736454, Reason: "lease ended",
		},
		`{"time":"2024-05-01T10:00:00.120000000Z","id":"n","event":"standby","leader":"m"}` + "\n": {
			Time: when, ID: "n", Event: ha.BecameStandby, Leader: "m",
		},
	} {
		if got := string(r.line(true)); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestRoleReportsOnItself(t *testing.T) {
	for _, kind := range []ha.EventKind{ha.Elected, ha.RoleStarted, ha.RoleStopping, ha.RoleStopped, ha.TermEnded, ha.SkippedChild} {
		if r, ok := told(ha.Event{Kind: kind, ID: "n", Reason: election.Deposed}); ok {
			t.Errorf("the observer prints %+v", r)
		}
	}
	r, ok := told(ha.Event{Kind: ha.Failed, ID: "n", Err: errors.Join(errors.New("one"), errors.New("two"))})
	if !ok || r.Error != "one; two" {
		t.Errorf("an error is told as %+v", r)
	}
	if r, ok = told(ha.Event{Kind: ha.RoleOverran, ID: "n", Token: 7}); !ok || r.Event != ha.Failed || r.Token != 7 || r.Error == "" {
		t.Errorf("an overrun is told as %+v", r)
	}
}

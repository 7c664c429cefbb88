package main

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// record is one line of a node's output: with --json, one JSON object with these members.
type record struct {
	Time   timestamp    `json:"time"`
	ID     string       `json:"id"`
	Event  ha.EventKind `json:"event"`
	Token  coord.Zxid   `json:"token,omitempty"`  // of the term, where there is one
	Reason string       `json:"reason,omitempty"` // role_stopped: why
	Leader string       `json:"leader,omitempty"` // the master's id, where known
	Error  string       `json:"error,omitempty"`  // error: what
}

// timestamp is written with all nine digits of the nanoseconds, in UTC.
type timestamp struct{ time.Time }

const timestampLayout = "2006-01-02T15:04:05.000000000Z07:00" // RFC 3339

func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"` + timestampLayout + `"`)), nil
}

// told makes a record of what the election tells. Not all of it is for the output: the role reports on itself, and what is of use
// only to who looks for a fault is in the log.
func told(e ha.Event) (r record, ok bool) {
	r = record{Time: timestamp{e.Time}, ID: e.ID, Event: e.Kind, Leader: e.Leader}
	switch e.Kind {
	case ha.BecameCandidate, ha.BecameStandby, ha.Suspended, ha.Resumed, ha.Expired, ha.Left:
		return r, true
	case ha.Failed:
		if e.Err != nil {
			r.Error = oneLine(e.Err)
		}
		return r, true
	case ha.RoleOverran:
		r.Event, r.Token, r.Error = ha.Failed, e.Token, "the role has not stopped in time"
		return r, true
	}
	return r, false
}

// sentence is the record for people, without its time.
func (r record) sentence() string {
	switch r.Event {
	case ha.BecameCandidate:
		return "is a candidate"
	case ha.BecameStandby:
		if r.Leader == "" {
			return "stands by"
		}
		return "stands by; the master is " + r.Leader
	case ha.RoleStarted:
		return "is MASTER, with token " + r.Token.String()
	case ha.RoleStopped:
		return "is no longer master: " + r.Reason + " (token " + r.Token.String() + ")"
	case ha.Suspended:
		return "has lost its connection"
	case ha.Resumed:
		return "is connected again"
	case ha.Expired:
		return "has lost its session"
	case ha.Failed:
		return "reports an error: " + r.Error
	case ha.Left:
		return "has left"
	}
	return string(r.Event)
}

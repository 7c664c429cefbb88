package faulthttp

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
)

// sessionID is a number, as client libraries have it, or a string of one, in hexadecimal with 0x in front or decimal. It is written as the
// string with 0x: a session's id is greater than what all readers of JSON keep exactly.
type sessionID coord.SessionID

func (id sessionID) MarshalJSON() ([]byte, error) { return json.Marshal(coord.SessionID(id).String()) }

func (id *sessionID) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 0, 64)
	if err != nil {
		return fmt.Errorf("%s is no session id: it is a number, or a string like \"0x1000a\"", b)
	}
	*id = sessionID(n)
	return nil
}

// duration is a number of seconds, or a string as "1.5s". untilRemoved stands for the delay without end.
type duration time.Duration

const untilRemoved = "until-removed"

func (d duration) MarshalJSON() ([]byte, error) {
	if time.Duration(d) == zkserver.UntilRemoved {
		return json.Marshal(untilRemoved)
	}
	return json.Marshal(time.Duration(d).String())
}

func (d *duration) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	text := strings.Trim(string(b), `"`)
	if text == untilRemoved {
		*d = duration(zkserver.UntilRemoved)
		return nil
	}
	if text != string(b) {
		parsed, err := time.ParseDuration(text)
		return d.set(parsed, err == nil, b)
	}
	seconds, err := strconv.ParseFloat(text, 64)
	const most = float64(1<<63-1) / float64(time.Second)
	return d.set(time.Duration(seconds*float64(time.Second)), err == nil && seconds < most, b)
}

func (d *duration) set(parsed time.Duration, ok bool, b []byte) error {
	if !ok || parsed < 0 {
		return fmt.Errorf("%s is no duration: it is a number of seconds, or a string like \"1.5s\"", b)
	}
	*d = duration(parsed)
	return nil
}

// isNull reports whether a field was given as null, which is as good as left out.
func isNull(b []byte) bool { return string(b) == "null" }

// fault is a zkserver.Fault.
type fault struct {
	Op         string    `json:"op,omitempty"`
	Path       string    `json:"path,omitempty"`
	Session    sessionID `json:"session,omitempty"`
	Skip       int       `json:"skip,omitempty"`
	Times      times     `json:"times,omitempty"`
	Do         string    `json:"do,omitempty"`
	Code       int32     `json:"code,omitempty"`
	Delay      duration  `json:"delay,omitempty"`
	DelayReply duration  `json:"delay_reply,omitempty"`
}

// times is a number, or "always".
type times int

const always = "always"

func (n times) MarshalJSON() ([]byte, error) {
	if n == zkserver.Always {
		return json.Marshal(always)
	}
	return json.Marshal(int(n))
}

func (n *times) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	if string(b) == strconv.Quote(always) {
		*n = zkserver.Always
		return nil
	}
	number, err := strconv.Atoi(string(b))
	if err != nil || number < 1 {
		return fmt.Errorf("%s does not say how many times: it is a number from 1, or \"always\"", b)
	}
	*n = times(number)
	return nil
}

// state is what has become of an injected fault.
type state struct {
	Fault int `json:"fault"` // its number
	Hits  int `json:"hits"`
	fault
}

// entry is a zkserver.Entry.
type entry struct {
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	Peer    string    `json:"peer,omitempty"`
	Session sessionID `json:"session,omitempty"`
	Op      string    `json:"op,omitempty"`
	Path    string    `json:"path,omitempty"`
	Xid     int32     `json:"xid,omitempty"`
	Zxid    int64     `json:"zxid,omitempty"`
	Code    int32     `json:"code"`
	Event   string    `json:"event,omitempty"`
	Fault   string    `json:"fault,omitempty"`
}

func entryOf(e zkserver.Entry) entry {
	event := ""
	if e.Event != 0 {
		event = e.Event.String()
	}
	return entry{
		Seq: e.Seq, Time: e.Time.UTC(), Kind: string(e.Kind), Peer: e.Peer, Session: sessionID(e.Session), Op: e.Op, Path: e.Path,
		Xid: e.Xid, Zxid: int64(e.Zxid), Code: int32(e.Code), Event: event, Fault: string(e.Fault),
	}
}

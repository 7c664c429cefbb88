package explore

import (
	"encoding/binary"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// ask is one thing that the service is to do.
type ask struct {
	kind    askKind
	session coord.SessionID
	call    election.Call // askCall
	token   coord.Zxid    // askCall: of a role's fenced transaction
	node    string        // askDelete, askMisname
	writes  []election.Call
}

type askKind uint8

const (
	askCall        askKind = iota
	askOpen                // a session
	askClose               // a session: it has expired
	askDelete              // an administrator deletes a candidate node
	askWipe                // an administrator deletes the path and all under it
	askMisname             // or writes into the register that a node's candidate leads
	askGhost               // remember a session whose process is gone
	askGhostServe          // carry out the next of what it sent
	askGhostExpire         // end it
	askLag                 // a session's server falls behind
	askCatchUp             // and has caught up
)

func (a *ask) appendTo(b []byte) []byte {
	b = append(b, byte(a.kind))
	b = binary.AppendUvarint(b, uint64(a.session))
	b = binary.AppendUvarint(b, uint64(a.token))
	b = election.AppendText(b, a.node)
	b = appendCall(b, &a.call)
	for i := range a.writes {
		b = appendCall(b, &a.writes[i])
	}
	return b
}

// reply is what comes of it for who asked.
type reply struct {
	event election.Event // without the call's number
	claim coord.Zxid     // of a claim that took effect
}

func (r *reply) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(r.claim))
	return appendEvent(b, &r.event)
}

type change struct {
	kind coord.EventType
	path string
}

func appendChanges(b []byte, list []change) []byte {
	for _, c := range list {
		b = election.AppendText(append(b, byte(c.kind)), c.path)
	}
	return b
}

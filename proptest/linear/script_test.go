package linear

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
)

// action is what a client does next: an operation, or something that happens to a link.
type action struct {
	ops   []coord.Op // with paths below the root, which is "/", as that of read
	read  string
	leave bool
	fault fault
	peer  int // whose link it happens to
}

type fault string

const (
	loseRequest fault = "lose the next request"
	loseReply   fault = "lose the next reply"
	reset       fault = "reset the connection"
	// overtake has the client take another, faster connection: what it has sent on the old one may still be on its way.
	overtake   fault = "take a faster connection"
	slow       fault = "make the link slow"
	fast       fault = "make the link fast"
	killLeader fault = "kill the leader"
)

// script is what each client does, one after the other.
type script [][]action

// pick draws one of several, each as likely as the others: package rapid's own ranges prefer what comes first.
func pick[T any](t *rapid.T, from ...T) T {
	n := 0
	for range 6 {
		n <<= 1
		if rapid.Bool().Draw(t, "bit") {
			n |= 1
		}
	}
	return from[n*len(from)/64]
}

// anyVersion draws one that a writer may expect.
func anyVersion(t *rapid.T) int32 { return pick[int32](t, -1, -1, 0, 0, 1, 2) }

// writes draws scripts with transactions, sequences and ephemeral nodes, whose effects are seen in each other's: they are judged together,
// and have to be short.
func writes(clients, length int, faulty bool) *rapid.Generator[script] {
	return rapid.Custom(func(t *rapid.T) script {
		return drawScript(t, clients, length, faulty, func(tag string) action { return drawWrite(t, []byte(tag)) })
	})
}

func drawWrite(t *rapid.T, data []byte) action {
	switch pick(t, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) {
	case 0, 1:
		return action{ops: []coord.Op{coord.CreateOp(pick(t, "/a", "/e"), data, pick(t, coord.Persistent, coord.Ephemeral))}}
	case 2, 3:
		return action{ops: []coord.Op{coord.CreateOp(pick(t, "/s-", "/a/s-"), nil, pick(t, coord.PersistentSequential, coord.EphemeralSequential))}}
	case 4:
		return action{ops: []coord.Op{coord.DeleteOp(pick(t, "/a", "/e"), anyVersion(t))}}
	case 5, 6:
		return action{ops: []coord.Op{coord.SetOp(pick(t, "/", "/a"), data, anyVersion(t))}}
	case 7:
		return action{ops: []coord.Op{coord.CheckOp("/a", anyVersion(t)), coord.SetOp("/", data, coord.AnyVersion)}}
	case 8:
		return action{ops: []coord.Op{coord.DeleteOp("/e", coord.AnyVersion), coord.CreateOp("/e", data, coord.Ephemeral)}}
	}
	return action{read: pick(t, "/", "/", "/a", "/e")}
}

// registers draws scripts on three nodes, each of which is an object of its own.
func registers(clients, length int, faulty bool) *rapid.Generator[script] {
	return rapid.Custom(func(t *rapid.T) script {
		return drawScript(t, clients, length, faulty, func(tag string) action { return drawRegister(t, []byte(tag)) })
	})
}

func drawRegister(t *rapid.T, data []byte) action {
	path := pick(t, "/k0", "/k1", "/k2")
	switch pick(t, 0, 1, 2, 3, 4, 5, 6, 7) {
	case 0, 1:
		return action{ops: []coord.Op{coord.CreateOp(path, data, coord.Persistent)}}
	case 2, 3, 4:
		return action{ops: []coord.Op{coord.SetOp(path, data, anyVersion(t))}}
	case 5:
		return action{ops: []coord.Op{coord.DeleteOp(path, anyVersion(t))}}
	}
	return action{read: path}
}

// drawScript draws operations, each with data that no other has: that tells writes apart, and shortens the search.
func drawScript(t *rapid.T, clients, length int, faulty bool, operation func(tag string) action) script {
	all := make(script, clients)
	for i := range all {
		for n := range length {
			if faulty && pick(t, false, false, false, true) {
				what := pick(t, loseReply, loseReply, loseRequest, reset, overtake, overtake, overtake, slow, slow, slow)
				all[i] = append(all[i], action{fault: what, peer: pick(t, i, (i+1)%clients)})
			}
			all[i] = append(all[i], operation(fmt.Sprintf("%d.%d", i, n)))
		}
	}
	return all
}

// departing lets some clients end their sessions when they are done.
func departing(g *rapid.Generator[script]) *rapid.Generator[script] {
	return rapid.Custom(func(t *rapid.T) script {
		s := g.Draw(t, "script")
		for i := range s {
			if rapid.Bool().Draw(t, "leaves") {
				s[i] = append(s[i][:len(s[i])/2], action{leave: true})
			}
		}
		return s
	})
}

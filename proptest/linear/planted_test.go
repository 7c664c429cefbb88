package linear

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// flaw is a promise that a store breaks; "" for none.
type flaw string

const (
	lostWrite       flaw = "a write that was acknowledged is lost"
	staleRead       flaw = "a read behind a barrier shows what an earlier one did"
	doubleCreate    flaw = "a create is carried out twice"
	secondWinner    flaw = "a create succeeds although the node is there"
	ignoredVersion  flaw = "a write does not look at the version"
	tornTransaction flaw = "a transaction is carried out one operation at a time, the refused ones left out"
	overtaken       flaw = "a write of unknown outcome takes effect after the client's next write"
	falseRefusal    flaw = "a write that has taken effect is refused"
)

// bait are the flaws, with the scripts that are to find each.
var bait = map[flaw]string{
	lostWrite: "registers", staleRead: "registers", secondWinner: "registers", ignoredVersion: "registers", falseRefusal: "registers",
	overtaken: "registers", doubleCreate: "writes", tornTransaction: "writes",
}

// A checker that cannot fail is worth nothing: each of these stores must be told from a right one, within a few histories.
func TestStoresThatBreakAPromiseAreRejected(t *testing.T) {
	const histories = 30
	for _, f := range slices.Sorted(maps.Keys(bait)) {
		t.Run(strings.ReplaceAll(string(f), " ", "-"), func(t *testing.T) {
			for seed := range histories {
				err := playFlawed(t, f, bait[f], seed)
				if errors.Is(err, errNoOrder) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("none of %d histories shows that %s", histories, f)
		})
	}
}

// The same checker, and the same scripts, on the store as it is.
func TestTheSameStoreWithoutAFlawIsAccepted(t *testing.T) {
	for seed := range 15 {
		for _, scripts := range []string{"registers", "writes"} {
			if err := playFlawed(t, "", scripts, seed); err != nil {
				t.Errorf("%s, seed %d: %v", scripts, seed, err)
			}
		}
	}
}

func playFlawed(t *testing.T, f flaw, scripts string, seed int) (err error) {
	synctest.Test(t, func(t *testing.T) {
		v, stop := inMemory(t, withBarrier, []time.Duration{milliseconds(1), milliseconds(2), milliseconds(3)})
		defer stop()
		v.wrap = func(s coord.Session) coord.Session { return &flawed{Session: s, flaw: f, reads: map[string]reading{}} }
		s, partition := registers(numClients, 12, false).Example(seed), byPath
		if scripts == "writes" {
			s, partition = writes(numClients, 8, false).Example(seed), whole
		}
		_, err = v.play("/flawed", s, partition)
	})
	return err
}

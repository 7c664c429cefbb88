package membackend_test

import (
	"sync"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

// Whoever asks for the state at any moment, and is told that the session is connected again, finds the watches over that end with what
// the session has missed. The wrong moment would be short: so this asks without a pause, again and again.
func TestNobodySeesConnectedBeforeWhatWasMissed(t *testing.T) {
	service := newService(t, membackend.Config{})
	link := service.Client("")
	session, err := link.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := service.Client("").Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		_, _, watch, err := session.Get(t.Context(), "/", true)
		if err != nil {
			t.Fatal(err)
		}
		link.Cut(membackend.Both)
		link.Reset()
		if _, err := other.Set(t.Context(), "/", nil, coord.AnyVersion); err != nil {
			t.Fatal(err)
		}
		if state, _ := session.State(); state != coord.Suspended {
			t.Fatalf("the session is %v without a link", state)
		}
		var asking sync.WaitGroup
		asking.Go(func() {
			for state := coord.Suspended; state != coord.Connected; {
				state, _ = session.State()
			}
			if !fired(watch) {
				t.Error("connected, and not told yet")
			}
		})
		link.Heal()
		asking.Wait()
	}
}

package ha

import (
	"testing"

	"github.com/hamaster/hamaster/coord"
)

func TestAnObserverThatIsTooSlowHearsTheLastAndHowManyItMissed(t *testing.T) {
	const missed = 10
	var heard []Event
	busy, goOn := make(chan struct{}, 1), make(chan struct{})
	h := newHerald(ObserverFunc(func(e Event) {
		if heard = append(heard, e); len(heard) == 1 {
			busy <- struct{}{}
			<-goOn
		}
	}))
	h.announce(Event{})
	<-busy
	for n := range coord.Zxid(maxWaiting + missed) {
		h.announce(Event{Token: n})
	}
	close(goOn)
	h.close()
	if len(heard) != 1+maxWaiting {
		t.Fatalf("%d events were heard, want one and then the %d that wait at most", len(heard), maxWaiting)
	}
	if first := heard[1]; first.Missed != missed || first.Token != missed {
		t.Errorf("after the gap it hears %+v, want the event %d, and that %d are missing", first, missed, missed)
	}
	if last := heard[maxWaiting]; last.Token != maxWaiting+missed-1 || last.Missed != 0 {
		t.Errorf("the last is %+v, want the newest", last)
	}
}

package zkserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
)

// sink keeps what is written to it, and may be slow: each write waits for a token.
type sink struct {
	got    bytes.Buffer
	tokens chan struct{}
}

func (s *sink) Write(b []byte) (int, error) {
	if s.tokens != nil {
		<-s.tokens
	}
	return s.got.Write(b)
}

func newOutbox(limit int) *outbox {
	o := new(outbox)
	o.init(limit)
	return o
}

func TestOutboxSendsInTheOrderOfPushing(t *testing.T) {
	const packets = 20_000
	o, out := newOutbox(1<<20), new(sink)
	var mu sync.Mutex // stands for the server's lock, under which everything is pushed
	last := uint32(0)
	push := func(add func([]byte)) bool {
		mu.Lock()
		defer mu.Unlock()
		if last == packets {
			return false
		}
		last++
		add(binary.BigEndian.AppendUint32(nil, last))
		return true
	}
	var writer, pushers sync.WaitGroup
	writer.Go(func() { o.run(out) })
	pushers.Go(func() {
		for push(func(b []byte) { o.pushEvent(b) }) {
		}
	})
	pushers.Go(func() {
		for i := 0; push(o.pushReply) && o.waitForRoom(); i++ {
			if i%7 == 0 {
				o.flush(out)
			}
		}
	})
	pushers.Wait()
	o.finish()
	writer.Wait()
	if got := out.got.Len(); got != 4*packets {
		t.Fatalf("%d bytes of %d were sent", got, 4*packets)
	}
	for want := uint32(1); want <= packets; want++ {
		if got := binary.BigEndian.Uint32(out.got.Next(4)); got != want {
			t.Fatalf("packet %d came in place of %d", got, want)
		}
	}
}

func TestOutboxBreaksWhenEventsPileUp(t *testing.T) {
	o := newOutbox(10)
	if !o.pushEvent(make([]byte, 10)) {
		t.Error("an event within the limit was refused")
	}
	if o.pushEvent(make([]byte, 1)) {
		t.Error("an event over the limit was taken")
	}
	out := new(sink)
	if o.run(out) || out.got.Len() > 0 {
		t.Errorf("a broken outbox sent %q", out.got.Bytes())
	}
	if !o.pushEvent(make([]byte, 100)) {
		t.Error("the overflow was reported twice")
	}
}

func TestOutboxHoldsUpRepliesUntilThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, out := newOutbox(400), &sink{tokens: make(chan struct{})}
		var writer sync.WaitGroup
		writer.Go(func() { o.run(out) })
		o.pushReply(make([]byte, 101))
		room := make(chan bool, 1)
		go func() { room <- o.waitForRoom() }()
		synctest.Wait() // the writer is stuck with the batch
		if len(room) > 0 {
			t.Error("there was room before the peer had read")
		}
		out.tokens <- struct{}{}
		if !<-room {
			t.Error("an open outbox has no room")
		}
		o.finish()
		writer.Wait()
		if out.got.Len() != 101 {
			t.Errorf("%d bytes were sent", out.got.Len())
		}
	})
}

func TestOutboxBrokenMeanwhileLetsEverybodyGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutbox(40)
		in, out := io.Pipe()
		var all sync.WaitGroup
		all.Go(func() { o.run(out) })
		o.pushReply(make([]byte, 11))
		o.flush(io.Discard)
		o.pushEvent(make([]byte, 11))
		synctest.Wait() // the writer is stuck
		o.pushReply(make([]byte, 11))
		all.Go(func() {
			if o.waitForRoom() {
				t.Error("a broken outbox has room")
			}
		})
		synctest.Wait()
		o.drop()
		_ = in.CloseWithError(errors.New("gone"))
		all.Wait()
	})
}

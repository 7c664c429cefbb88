package zkserver

import (
	"io"
	"sync"
)

// outbox is what a connection still has to send: replies and events, encoded, in one sequence. Whoever pushes decides the order;
// one goroutine sends.
type outbox struct {
	mu      sync.Mutex
	filled  sync.Cond // something to send, or the end
	drained sync.Cond // room, or the end
	pending []byte
	limit   int // of pending, in bytes
	state   outboxState
}

type outboxState uint8

const (
	outboxOpen      outboxState = iota
	outboxFinishing             // takes nothing more, sends what it has
	outboxBroken                // sends nothing more
)

func (o *outbox) init(limit int) {
	o.limit = limit
	o.filled.L, o.drained.L = &o.mu, &o.mu
}

// pushReply adds a packet. The caller has waited for room, so that the limit does not matter.
func (o *outbox) pushReply(packet []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == outboxOpen {
		o.pending = append(o.pending, packet...)
		o.filled.Signal()
	}
}

// pushEvent adds a packet that nobody can be made to wait for. It reports false, and breaks the outbox, if too much is pending.
func (o *outbox) pushEvent(packet []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.state != outboxOpen:
		return true
	case len(o.pending)+len(packet) > o.limit:
		o.end(outboxBroken)
		return false
	}
	o.pending = append(o.pending, packet...)
	o.filled.Signal()
	return true
}

// finish lets what is pending be sent, and nothing after it.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == outboxOpen {
		o.end(outboxFinishing)
	}
}

// drop throws away what is pending.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end(outboxBroken)
}

func (o *outbox) end(state outboxState) {
	o.state = state
	if state == outboxBroken {
		o.pending = nil
	}
	o.filled.Broadcast()
	o.drained.Broadcast()
}

// waitForRoom returns once the peer has read so much that another request may be answered, or false when there is no use in that.
func (o *outbox) waitForRoom() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.state == outboxOpen && len(o.pending) > o.limit/4 {
		o.drained.Wait()
	}
	return o.state == outboxOpen
}

// keepSent is the size in bytes up to which the buffer of one write is used again.
const keepSent = 64 << 10

// send writes what is pushed, as it comes, until the outbox is finished and empty, or broken, or w fails.
func (o *outbox) send(w io.Writer) error {
	var sent []byte
	for {
		batch := o.take(sent)
		if batch == nil {
			return nil
		}
		if _, err := w.Write(batch); err != nil {
			o.drop()
			return err
		}
		sent = nil
		if cap(batch) <= keepSent {
			sent = batch[:0]
		}
	}
}

// take returns all that is pending, and leaves the buffer spare in its place. It returns nil at the end.
func (o *outbox) take(spare []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.state == outboxOpen && len(o.pending) == 0 {
		o.filled.Wait()
	}
	if len(o.pending) == 0 {
		return nil
	}
	batch := o.pending
	o.pending = spare
	o.drained.Signal()
	return batch
}

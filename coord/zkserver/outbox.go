package zkserver

import (
	"io"
	"sync"
)

// outbox is what a connection still has to send: replies and events, encoded, in one sequence. Whoever pushes decides the order.
//
// Two goroutines may send, one at a time: the connection's reader, which flushes its replies before it waits for another request, and
// the connection's writer, for events and for what the reader leaves to it. That the reader sends by itself saves a switch of
// goroutines for nearly every request.
type outbox struct {
	mu      sync.Mutex
	wanted  sync.Cond // for the writer: something to send, or the end
	drained sync.Cond // for the reader: room, or the end
	pending []byte
	spare   []byte // the memory of the batch sent before
	limit   int    // of pending, in bytes
	state   outboxState
	held    hold // reasons not to send
	sending bool
	wake    bool // what is pending must not wait for the reader
}

type outboxState uint8

const (
	outboxOpen      outboxState = iota
	outboxFinishing             // takes nothing more, sends what it has
	outboxBroken                // sends nothing more
)

func (o *outbox) init(limit int) {
	o.limit = limit
	o.wanted.L, o.drained.L = &o.mu, &o.mu
}

// pushReply adds a packet, which the reader must flush. It has waited for room, so that the limit does not matter.
func (o *outbox) pushReply(packet []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == outboxOpen {
		o.pending = append(o.pending, packet...)
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
	o.leaveToWriter()
	return true
}

func (o *outbox) leaveToWriter() {
	o.wake = true
	o.wanted.Signal()
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
	o.wanted.Broadcast()
	o.drained.Broadcast()
}

// waitForRoom returns once the peer has read so much that another request may be answered, or false when there is no use in that.
func (o *outbox) waitForRoom() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.state == outboxOpen && len(o.pending) > o.limit/4 {
		o.leaveToWriter()
		o.drained.Wait()
	}
	return o.state == outboxOpen
}

// keepSent is the size in bytes up to which the buffer of one write is used again.
const keepSent = 64 << 10

// flush sends what is pending, once, and leaves to the writer what comes meanwhile or what it is sending already.
func (o *outbox) flush(w io.Writer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sending && o.held == 0 && len(o.pending) > 0 {
		o.sendBatch(w)
	}
	if o.sending || len(o.pending) > 0 {
		o.leaveToWriter()
	}
}

// run is the writer's life. It ends when the outbox is finished and empty, which it reports, or broken.
func (o *outbox) run(w io.Writer) (finished bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for o.sending || o.mustWait() {
			o.wanted.Wait()
		}
		if len(o.pending) > 0 {
			o.sendBatch(w)
		} else if o.state != outboxOpen {
			return o.state == outboxFinishing
		} else {
			o.wake = false
		}
	}
}

// mustWait reports whether the writer has nothing to do for now.
func (o *outbox) mustWait() bool {
	switch {
	case o.held&heldByCut != 0:
		return true // whatever has happened: the peer must not learn of it
	case o.state == outboxBroken:
		return false
	}
	return o.held != 0 || o.state == outboxOpen && !o.wake
}

// hold keeps what is pending, and all that is added, from being sent.
func (o *outbox) hold(why hold) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held |= why
}

// release takes back a hold.
func (o *outbox) release(why hold) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held &^= why
	if len(o.pending) > 0 {
		o.wake = true
	}
	o.wanted.Broadcast()
}

// sendBatch writes all that is pending. The lock is held before and after, but not while it writes.
func (o *outbox) sendBatch(w io.Writer) {
	batch := o.pending
	o.pending, o.spare = o.spare, nil
	o.sending, o.wake = true, false
	o.mu.Unlock()
	_, err := w.Write(batch)
	o.mu.Lock()
	o.sending = false
	if cap(batch) <= keepSent {
		o.spare = batch[:0]
	}
	if err != nil {
		o.end(outboxBroken)
	}
	o.drained.Signal()
	if o.wake || o.state != outboxOpen {
		o.wanted.Signal()
	}
}

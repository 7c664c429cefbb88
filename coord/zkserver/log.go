package zkserver

import (
	"context"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// Kind says what an Entry of the log is about.
type Kind string

// The kinds. Which fields of an Entry count besides Seq, Time and Kind stands with each.
const (
	Connected    Kind = "connected"    // Peer, Session: a session was opened or taken up again
	Refused      Kind = "refused"      // Peer, Session: one that is over, or not the client's, was asked for
	Disconnected Kind = "disconnected" // Peer, Session if there was one at the end
	Requested    Kind = "request"      // all but Event: a request was answered, or its answer lost
	Notified     Kind = "event"        // Peer, Session, Event, Path: a watch fired
	Closed       Kind = "closed"       // Session: its client has ended it
	Expired      Kind = "expired"      // Session: its time was up, or ExpireSession has ended it
	Stopped      Kind = "stopped"      // see Stop
	Restarted    Kind = "restarted"    // see Restart
)

// Entry is something that happened, as the log keeps it.
type Entry struct {
	Seq     uint64    // counts from 1, without gaps
	Time    time.Time // by the server's clock, to the millisecond
	Kind    Kind
	Peer    string // address of the connection's other end
	Session coord.SessionID
	Op      string // one of Operations, or "unknown"
	Path    string // of a transaction, its first operation's; empty if the operation has none, or its record is broken
	Xid     int32
	Zxid    coord.Zxid // the last transaction's when the request was answered
	Code    wire.Code  // the outcome that the client got, or would have; 0 with LoseRequest
	Event   coord.EventType
	Fault   Action // what an injected fault did to the request, if any
}

// record is an Entry in the ring. Its memory is used again, so that the log costs a request no allocation.
type record struct {
	entry Entry // without Seq, Time, Op and Path
	ms    int64
	op    wire.Op
	path  []byte
}

// history is the ring of the last records.
type history struct {
	records []record // up to max of them; the one with number n is at (n-1) % max
	max     int
	last    uint64 // number of the newest
	grown   sync.Cond
}

// keepPath is the length in bytes up to which a record keeps a path; a longer one is cut.
const keepPath = 1 << 10

func (h *history) add(e *Entry, ms int64, op wire.Op, path []byte) {
	at := int(h.last % uint64(h.max))
	if at == len(h.records) {
		h.records = append(h.records, record{})
	}
	h.last++
	r := &h.records[at]
	r.entry, r.ms, r.op = *e, ms, op
	r.path = append(r.path[:0], path[:min(len(path), keepPath)]...)
	h.grown.Broadcast()
}

// since returns what is kept of the entries after a number.
func (h *history) since(seq uint64) []Entry {
	first := max(seq, h.last-uint64(len(h.records)))
	if first >= h.last {
		return nil
	}
	entries := make([]Entry, 0, h.last-first)
	for n := first; n < h.last; n++ {
		r := &h.records[n%uint64(h.max)]
		e := r.entry
		e.Seq, e.Time, e.Path = n+1, time.UnixMilli(r.ms), string(r.path)
		if e.Kind == Requested || e.Kind == Connected || e.Kind == Refused {
			e.Op = nameOf(r.op)
		}
		entries = append(entries, e)
	}
	return entries
}

// note adds an entry to the log, under the server's lock.
func (s *Server) note(e Entry) { s.notePath(e, 0, nil) }

func (s *Server) notePath(e Entry, op wire.Op, path []byte) {
	s.history.add(&e, s.ms(s.clock.Now()), op, path)
}

// Log returns what the server has done and what has happened to it, the oldest first: the last Config.MaxLog entries.
func (s *Server) Log() []Entry { return s.LogSince(0) }

// LogSince returns the entries of the log whose Seq is greater, as far as they are kept: an entry's Seq is where to go on from.
func (s *Server) LogSince(seq uint64) []Entry {
	s.mu.Lock()
	defer s.unlock()
	return s.history.since(seq)
}

// Journal returns what the server has committed after a transaction, the oldest first, and whether that is all: Config.Journal says how many
// are kept. Where the last one's zxid is given next, nothing is missed and nothing comes twice. It outlives a restart,
// also one that loses the tree, of which it does not tell.
func (s *Server) Journal(after coord.Zxid) (commits []ztree.Commit, all bool) {
	s.mu.Lock()
	defer s.unlock()
	return s.journal.Since(after)
}

// WaitLog returns the first entry with a greater Seq for which match holds, when there is one. It fails with the context's error, or with
// ErrClosed. An entry that the log has lost before WaitLog came to see it is not found.
func (s *Server) WaitLog(ctx context.Context, seq uint64, match func(Entry) bool) (Entry, error) {
	for {
		entries, err := s.awaitLog(ctx, seq)
		if err != nil {
			return Entry{}, err
		}
		for _, e := range entries {
			if match(e) {
				return e, nil
			}
			seq = e.Seq
		}
	}
}

// awaitLog returns the entries after a number, once there is one.
func (s *Server) awaitLog(ctx context.Context, seq uint64) (entries []Entry, err error) {
	err = s.await(ctx, func() bool {
		entries = s.history.since(seq)
		return len(entries) > 0
	})
	return entries, err
}

// await returns when something holds that is noted in the log when it comes to be. The condition is asked under the server's lock.
func (s *Server) await(ctx context.Context, holds func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.history.grown.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !holds() {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case s.closed:
			return ErrClosed
		}
		s.history.grown.Wait()
	}
	return nil
}

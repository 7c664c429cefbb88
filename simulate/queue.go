package simulate

import "github.com/hamaster/hamaster/coord"

// event is something that is due. What it is about lies elsewhere in the World; who and arg say where.
type event struct {
	at   coord.Instant
	seq  uint64 // of events due at the same instant the one that was added first comes first
	arg  uint32
	who  int16
	kind eventKind
}

func (e *event) before(f *event) bool { return e.at < f.at || e.at == f.at && e.seq < f.seq }

// queue holds what is due, as a heap in a slice.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !e.before(&q.heap[up]) {
			break
		}
		q.heap[i] = q.heap[up]
		i = up
	}
	q.heap[i] = e
}

// pop takes out the event that is due first. There must be one.
func (q *queue) pop() event {
	first := q.heap[0]
	n := len(q.heap) - 1
	e := q.heap[n]
	q.heap = q.heap[:n]
	if n == 0 {
		return first
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if right := down + 1; right < n && q.heap[right].before(&q.heap[down]) {
			down = right
		}
		if !q.heap[down].before(&e) {
			break
		}
		q.heap[i] = q.heap[down]
		i = down
	}
	q.heap[i] = e
	return first
}

// pipe is what is under way in one direction of a connection, first in, first out. One event stands for the first alone.
type pipe[T any] struct {
	items []T
	head  int
	due   bool // the event for the first is in the queue
}

func (p *pipe[T]) len() int { return len(p.items) - p.head }

// next returns a place at the end, to be filled in: what it holds is left over from earlier use.
func (p *pipe[T]) next() *T {
	if p.head > 0 && len(p.items) == cap(p.items) {
		p.items = p.items[:copy(p.items, p.items[p.head:])]
		p.head = 0
	}
	var zero T
	p.items = append(p.items, zero)
	return &p.items[len(p.items)-1]
}

func (p *pipe[T]) first() *T { return &p.items[p.head] }

// drop takes the first off. A pointer from first stays valid until next.
func (p *pipe[T]) drop() {
	if p.head++; p.head == len(p.items) {
		p.items, p.head = p.items[:0], 0
	}
}

// cut leaves only the first n.
func (p *pipe[T]) cut(n int) {
	clear(p.items[p.head+n:])
	p.items = p.items[:p.head+n]
}

func (p *pipe[T]) reset() {
	clear(p.items)
	p.items, p.head, p.due = p.items[:0], 0, false
}

func (p *pipe[T]) clone() pipe[T] {
	return pipe[T]{items: append([]T(nil), p.items[p.head:]...), due: p.due}
}

// remove takes out the one at that place of items.
func (p *pipe[T]) remove(i int) {
	copy(p.items[p.head+1:i+1], p.items[p.head:i])
	p.drop()
}

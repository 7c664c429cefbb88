package linear

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/anishathalye/porcupine"

	"github.com/hamaster/hamaster/coord"
)

// recorder keeps what concurrent clients do and are told.
type recorder struct {
	mu      sync.Mutex
	time    int64 // counts calls and returns
	history []porcupine.Operation
}

func (r *recorder) tick() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.time++
	return r.time
}

// never is when an operation of unknown outcome returns. What bounds it is the client's next operation.
const never = math.MaxInt64

// do lets one operation happen, and notes it. A read that failed without an answer is not noted.
func (r *recorder) do(in input, act func() output) output {
	call := r.tick()
	out := act()
	op := porcupine.Operation{ClientId: in.client, Input: in, Call: call, Output: out, Return: r.tick()}
	if out.unknown {
		op.Return = never
	}
	if !out.unknown || in.read == "" {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.history = append(r.history, op)
	}
	return out
}

// String is the history by time of call, an operation on a line.
func (r *recorder) String() string {
	var b strings.Builder
	slices.SortFunc(r.history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	for _, op := range r.history {
		end := fmt.Sprint(op.Return)
		if op.Return == never {
			end = "?"
		}
		fmt.Fprintf(&b, "%4d to %4s  client %d  %s: %s\n", op.Call, end, op.ClientId, op.Input.(input), op.Output.(output))
	}
	return b.String()
}

func (in input) String() string {
	switch {
	case in.leave:
		return "close"
	case in.read != "":
		return "read " + in.read
	}
	var parts []string
	for _, op := range in.ops {
		part := fmt.Sprint(op.Type, " ", op.Path)
		switch op.Type {
		case coord.OpCreate:
			part += fmt.Sprintf(" %q %v", op.Data, op.Mode)
		case coord.OpSet:
			part += fmt.Sprintf(" %q if %d", op.Data, op.Version)
		default:
			part += fmt.Sprintf(" if %d", op.Version)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " + ")
}

func (out output) String() string {
	switch {
	case out.unknown:
		return "unknown"
	case out.refused != nil:
		return fmt.Sprintf("%v (operation %d)", out.refused, out.index)
	}
	var parts []string
	for _, r := range out.results {
		parts = append(parts, fmt.Sprintf("%s version %d", r.Path, r.Stat.Version))
	}
	if out.names != nil || out.data != "" || out.stat != (coord.Stat{}) {
		parts = append(parts, fmt.Sprintf("%q version %d, children %q", out.data, out.stat.Version, out.names))
	}
	return fmt.Sprintf("done %s, zxid %v", strings.Join(parts, " + "), out.zxid)
}

// client makes the operations on a session.
type client struct {
	number  int
	session coord.Session
	fence   fence
	owners  map[coord.SessionID]coord.SessionID // of the service's sessions, in the model
}

// fence makes a read current.
type fence uint8

const (
	noFence fence = iota // for a service where nothing is ever stale
	withSync
	withBarrier // a transaction that only checks: what a read must be behind where servers may lag and leaders be deposed
)

func (c *client) write(ctx context.Context, in input) output {
	var err error
	var out output
	switch {
	case in.leave:
		err = c.session.Close(ctx)
	case len(in.ops) == 1 && in.ops[0].Type != coord.OpCheck:
		out.results, err = c.single(ctx, in.ops[0])
	default:
		out.results, err = c.session.Multi(ctx, in.ops...)
	}
	if err != nil {
		return failed(err)
	}
	for i, r := range out.results {
		out.zxid = max(out.zxid, r.Stat.Mzxid)
		out.results[i].Stat = c.shown(r.Stat)
	}
	return out
}

func (c *client) single(ctx context.Context, op coord.Op) (r []coord.Result, err error) {
	r = make([]coord.Result, 1)
	switch op.Type {
	case coord.OpCreate:
		r[0].Path, err = c.session.Create(ctx, op.Path, op.Data, op.Mode)
	case coord.OpSet:
		r[0].Stat, err = c.session.Set(ctx, op.Path, op.Data, op.Version)
	case coord.OpDelete:
		err = c.session.Delete(ctx, op.Path, op.Version)
	}
	return r, err
}

// read shows data and children at one moment, if no zxid says that something came between the two reads.
func (c *client) read(ctx context.Context, root, path string) output {
	if err := c.catchUp(ctx, root); err != nil {
		return output{unknown: true}
	}
	for {
		data, stat, _, err := c.session.Get(ctx, path, false)
		if err != nil {
			return failed(err)
		}
		names, after, _, err := c.session.Children(ctx, path, false)
		if err != nil {
			return failed(err)
		}
		if stat == after {
			slices.Sort(names)
			return output{data: string(data), stat: c.shown(stat), names: names}
		}
	}
}

func (c *client) catchUp(ctx context.Context, root string) error {
	switch c.fence {
	case withSync:
		return c.session.Sync(ctx, root)
	case withBarrier:
		_, err := c.session.Multi(ctx, coord.CheckOp(root, coord.AnyVersion))
		return err
	}
	return nil
}

func (c *client) shown(s coord.Stat) coord.Stat {
	s = shown(s)
	if s.EphemeralOwner != 0 {
		s.EphemeralOwner = c.owners[s.EphemeralOwner]
	}
	return s
}

// failed is the output of a call that has ended with an error.
func failed(err error) output {
	var e *coord.Error
	switch {
	case !errors.As(err, &e):
		return output{refused: err}
	case errors.Is(err, coord.ErrConnectionLoss):
		return output{unknown: true}
	}
	return output{refused: e.Err, index: e.Index}
}

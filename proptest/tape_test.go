package proptest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// tape is a logger that keeps what a candidate traces: every event that its machine was told of, and what it answered.
type tape struct {
	hclog.Logger // silent
	mu           sync.Mutex
	rules        election.Config
	steps        []taped
}

// taped is one step of a machine.
type taped struct {
	at      coord.Instant
	event   election.Event
	effects []election.Effect
	after   election.Machine
}

func newTape() *tape { return &tape{Logger: hclog.NewNullLogger()} }

func (t *tape) IsTrace() bool { return true }

func (t *tape) Trace(_ string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var s taped
	for pair := range slices.Chunk(args, 2) {
		switch value := pair[1].(type) {
		case coord.Instant:
			s.at = value
		case election.Event:
			s.event = value
		case []election.Effect:
			s.effects = value
		case election.Machine:
			s.after = value
		case election.Config:
			t.rules = value
		}
	}
	t.steps = append(t.steps, s)
}

// faults are all that is wrong with what was taped so far: where a fresh machine does otherwise, and where the shell does not keep
// to what package election says that it owes. Prompt: timers are punctual, as in a bubble.
func (t *tape) faults(prompt bool) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := replay{machine: election.New(&t.rules), owed: newOwed(), prompt: prompt}
	for i := range t.steps {
		r.step(&t.steps[i])
	}
	return r.wrong
}

// unanswered are the calls, made before that instant in the session that lives, to which no reply has come.
func (t *tape) unanswered(before coord.Instant) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := newOwed()
	for i := range t.steps {
		o.event(&t.steps[i])
		o.effects(&t.steps[i])
	}
	n := 0
	for _, sent := range o.calls {
		if sent < before {
			n++
		}
	}
	return n
}

// asked is how often the machine has asked for that.
func (t *tape) asked(kind election.EffectKind) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.steps {
		for k := range t.steps[i].effects {
			if t.steps[i].effects[k].Kind == kind {
				n++
			}
		}
	}
	return n
}

// replay plays a tape to a fresh machine.
type replay struct {
	machine election.Machine
	owed    *owed
	prompt  bool
	last    coord.Instant
	wrong   []string
}

func (r *replay) step(s *taped) {
	deadline, due := r.machine.Deadline()
	switch {
	case s.at < r.last:
		r.complain(s, "time goes back by %v", r.last.Sub(s.at))
	case r.prompt && due && s.at > max(deadline, r.last).Add(tolerance):
		r.complain(s, "it comes %v after the deadline", s.at.Sub(deadline))
	}
	r.last = s.at
	if why := r.owed.event(s); why != "" {
		r.complain(s, "%s", why)
	}
	effects := r.machine.Step(s.at, s.event, nil)
	if diff := cmp.Diff(s.effects, effects, sameErrors, sameNone); diff != "" {
		r.complain(s, "a fresh machine does otherwise (-shell +fresh):\n%s", diff)
	}
	if a, b := encoded(&s.after, s.at), encoded(&r.machine, s.at); a != b {
		r.complain(s, "a fresh machine is in another state: %+v, and the shell's %+v", b, a)
	}
	if why := r.owed.effects(s); why != "" {
		r.complain(s, "%s", why)
	}
}

// tolerance is for what suspensions of the machine look like: package clock tells two clocks of the system apart only so well.
const tolerance = 20 * time.Millisecond

func (r *replay) complain(s *taped, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Sprintf("at %v, event %+v: ", s.at, s.event)+fmt.Sprintf(format, args...))
}

// sameErrors: errors go through the machine as they are.
var sameErrors = cmp.Comparer(func(a, b error) bool { return a == b || a != nil && b != nil && a.Error() == b.Error() })

// sameNone: no effects are no effects.
var sameNone = cmp.Transformer("none", func(e []election.Effect) effects { return append(effects{}, e...) })

type effects []election.Effect

func encoded(m *election.Machine, now coord.Instant) string {
	var e election.Encoding
	e.Reset(now)
	return string(m.AppendTo(nil, &e)) + fmt.Sprintf("%+v", m.Status())
}

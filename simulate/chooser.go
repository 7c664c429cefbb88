package simulate

import "math/bits"

// A Chooser decides what happens wherever several things may. It is the only source of chance in a World.
type Chooser interface {
	// Choose returns one of 0 to n-1, for n of at least 1. 0 is always the plainest: no fault, no delay, the first of a list.
	Choose(n int, why Reason) int
}

// Reason says what a choice is about. Choices for one reason make up a sequence of their own, in which a [Schedule] counts: so
// taking one thing out of a schedule leaves what the others are about as it was.
type Reason uint8

// The reasons there are.
const (
	Swarm       Reason = iota // what kind of world it is, and which faults exist
	Pace                      // when a fault may come next
	Which                     // which fault
	Target                    // whom it hits
	Length                    // for how long
	Delay                     // of a message between client and server
	RelayDelay                // of a message between servers
	Scheduling                // when a process gets to what is waiting for it
	Mishap                    // what becomes of what was under way
	Interleaved               // whether a process stops in the middle of a step
	RoleWork                  // what a role does, and when
	RoleStop                  // how long a role takes to stop
	Succession                // who leads the service next, and when
	Backoff                   // how long a client waits before it tries again
	Reasons     = iota
)

var reasonNames = [Reasons]string{"swarm", "pace", "which", "target", "length", "delay", "relay-delay", "scheduling", "mishap",
	"interleaved", "role-work", "role-stop", "succession", "backoff"}

func (r Reason) String() string { return reasonNames[r] }

// Generator is a Chooser that draws from a seed. Equal seeds give equal choices, for good: it is no part of the standard library.
type Generator struct{ state uint64 }

// NewGenerator returns a Generator for a seed.
func NewGenerator(seed uint64) *Generator { return &Generator{state: seed} }

// Choose implements Chooser. The sequence is Steele, Lea and Flood's SplitMix64.
func (g *Generator) Choose(n int, _ Reason) int {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	hi, _ := bits.Mul64(z^z>>31, uint64(n))
	return int(hi)
}

// Recorder passes another Chooser's choices on, and keeps them.
type Recorder struct {
	From     Chooser
	schedule Schedule
	count    [Reasons]uint32
}

// Choose implements Chooser.
func (r *Recorder) Choose(n int, why Reason) int {
	v := r.From.Choose(n, why)
	if v != 0 {
		r.schedule = append(r.schedule, Choice{why, r.count[why], uint32(v)})
	}
	r.count[why]++
	return v
}

// Schedule returns what was chosen so far.
func (r *Recorder) Schedule() Schedule { return r.schedule }

// Player is a Chooser that follows a Schedule. What that does not mention is 0; what it mentions and is not to be had is the
// last there is.
type Player struct {
	chosen [Reasons][]Choice // in order
	count  [Reasons]uint32
}

// NewPlayer returns a Player of s.
func NewPlayer(s Schedule) *Player {
	p := &Player{}
	for _, c := range s.sorted() {
		p.chosen[c.Why] = append(p.chosen[c.Why], c)
	}
	return p
}

// Choose implements Chooser.
func (p *Player) Choose(n int, why Reason) int {
	at := p.count[why]
	p.count[why]++
	left := p.chosen[why]
	if len(left) == 0 || left[0].At != at {
		return 0
	}
	p.chosen[why] = left[1:]
	return min(int(left[0].Value), n-1)
}

package proptest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// errTired is what a role fails with that ends by itself.
var errTired = errors.New("tired")

// player is one candidate in a storm.
type player struct {
	id        string
	process   int // among all of the storm
	link      link
	tape      *tape
	candidate *ha.Candidate
	leave     context.CancelFunc
	tired     chan struct{} // a token in it ends the role
	done      chan struct{}
	err       error // once done

	mu    sync.Mutex
	seen  []ha.EventKind
	wrong []string // events out of their order
}

const storePath = "/store"

// work is the role: it acts over and over, until it is told to stop, or is tired.
func (p *player) work(j *judge) func(context.Context, *ha.Term) error {
	return func(ctx context.Context, term *ha.Term) error {
		for {
			j.act(ctx, p.process, term)
			select {
			case <-ctx.Done():
				j.act(context.Background(), p.process, term)
				p.tryOn(term)
				return nil
			case <-p.tired:
				return errTired
			case <-time.After(timeout / 7):
			}
		}
	}
}

// tryOn checks that nothing gets through the gate of a term that is over.
func (p *player) tryOn(term *ha.Term) {
	_, err := term.Multi(context.Background(), coord.CheckOp("/", coord.AnyVersion))
	if !errors.Is(err, ha.ErrNotMaster) || term.Valid() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wrong = append(p.wrong, fmt.Sprintf("term %v is over, but is valid: %v, and a transaction of it ends with %v", term.Token(), term.Valid(), err))
	}
}

// Observe checks that a role's start and end strictly alternate, and that nothing follows the end.
func (p *player) Observe(e ha.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	running := false
	for _, kind := range p.seen {
		switch kind {
		case ha.RoleStarted:
			running = true
		case ha.RoleStopped:
			running = false
		case ha.Left:
			p.wrong = append(p.wrong, fmt.Sprintf("%v after the end", e.Kind))
		}
	}
	if e.Kind == ha.RoleStarted && running || (e.Kind == ha.RoleStopped || e.Kind == ha.RoleStopping) && !running {
		p.wrong = append(p.wrong, fmt.Sprintf("%v with a role running: %v", e.Kind, running))
	}
	if e.Kind == ha.RoleOverran {
		p.wrong = append(p.wrong, "overran, though it stopped within the grace")
	}
	p.seen = append(p.seen, e.Kind)
}

func (p *player) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrong
}

// gone reports whether the player's Run has returned.
func (p *player) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

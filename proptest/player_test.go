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

// player is one candidate in a storm. Its role writes its token through fenced transactions, over and over.
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

// store is what fenced transactions write to: it must never see an older term's write after a newer one's.
type store struct {
	mu     sync.Mutex
	writes map[int32]coord.Zxid // the token by the version it made
}

const storePath = "/store"

func (s *store) put(version int32, token coord.Zxid) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes[version] = token
}

// disorder describes two writes in the wrong order; empty if there are none.
func (s *store) disorder() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var highest coord.Zxid
	last := int32(0)
	for version := range s.writes {
		last = max(last, version)
	}
	for version := range last + 1 {
		token, known := s.writes[version]
		if known && token < highest {
			return fmt.Sprintf("write %d was of term %v, after one of term %v", version, token, highest)
		}
		highest = max(highest, token)
	}
	return ""
}

// work is the role: it ends when told to, or when it is tired.
func (p *player) work(s *store) func(context.Context, *ha.Term) error {
	return func(ctx context.Context, term *ha.Term) error {
		for {
			results, err := term.Multi(ctx, coord.SetOp(storePath, []byte(term.Token().String()), coord.AnyVersion))
			if err == nil {
				s.put(results[0].Stat.Version, term.Token())
			}
			select {
			case <-ctx.Done():
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

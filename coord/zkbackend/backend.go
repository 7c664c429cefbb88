package zkbackend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/lease"
)

// Backend opens sessions on a ZooKeeper service. It holds nothing that needs closing.
type Backend struct{ cfg Config }

var (
	_ coord.Backend = (*Backend)(nil)
	_ coord.Session = (*session)(nil)
)

// New returns a Backend, or an error that names everything that is wrong with the configuration. Nothing is connected yet.
func New(cfg Config) (*Backend, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("zkbackend: %w", err)
	}
	return &Backend{cfg: cfg}, nil
}

// Open implements coord.Backend. It tries the servers until ctx ends; the error then names them and why the last attempt failed. A
// chroot that does not exist is an error that matches coord.ErrNoNode.
func (b *Backend) Open(ctx context.Context) (coord.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, &coord.Error{Op: "open", Err: err}
	}
	s, err := start(b.cfg)
	if err != nil {
		return nil, &coord.Error{Op: "open", Err: err}
	}
	if err = s.awaitConnected(ctx); err == nil {
		err = s.checkChroot(ctx)
	}
	if err != nil {
		_ = s.Close(ctx) // if it fails, the session ends by itself; the first error says why
		return nil, &coord.Error{Op: "open", Path: b.cfg.Chroot, Err: err}
	}
	return s, nil
}

// start starts a session, which is suspended until a server has opened it.
func start(cfg Config) (*session, error) {
	s := &session{
		cfg:      cfg,
		log:      cfg.Logger,
		pool:     newPool(cfg.Servers, cfg.SessionTimeout),
		slot:     make(chan struct{}, 1),
		window:   make(chan struct{}, maxCalls),
		farewell: newFarewell(cfg.SessionTimeout),
		expired:  make(chan struct{}),
		leaving:  make(chan context.Context, 1),
		done:     make(chan struct{}),
		state:    coord.Suspended,
		changed:  make(chan struct{}),
		timeout:  cfg.SessionTimeout,
		evidence: lease.Evidence{Tick: cfg.Tick, Drift: cfg.Drift},
		watches:  watchTable{},
	}
	s.dialing, s.hangUp = context.WithCancel(context.Background())
	var err error
	s.conn, s.events, err = zk.Connect(cfg.Servers, cfg.SessionTimeout,
		zk.WithHostProvider(s.pool), zk.WithDialer(s.dial), zk.WithLogInfo(false), zk.WithLogger(trace{s.log}))
	if err != nil {
		s.hangUp()
		return nil, err
	}
	go s.own()
	return s, nil
}

// dial is go-zookeeper's way to a server.
func (s *session) dial(network, server string, _ time.Duration) (net.Conn, error) {
	pause, patience := s.pool.attempt()
	if pause > 0 {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.dialing.Done():
			timer.Stop()
		}
	}
	if s.isOver() {
		return s.farewell.client, nil
	}
	ctx, cancel := context.WithTimeout(s.dialing, patience)
	defer cancel()
	conn, err := s.cfg.Dial(ctx, network, server)
	if err == nil {
		deadline, _ := ctx.Deadline()
		err = conn.SetDeadline(deadline)
	}
	if err != nil {
		s.failed(fmt.Errorf("%s: %w", server, err))
		return nil, err
	}
	l := newLink(s, server, conn, patience)
	if !s.try(l) {
		_ = l.Close()
		return s.farewell.client, nil
	}
	return l, nil
}

// try makes a link known before its handshake, unless the session is over.
func (s *session) try(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.trial = l
	}
	return !s.over
}

// awaitConnected waits for a server, or tells which there are and why the last one was of no use.
func (s *session) awaitConnected(ctx context.Context) error {
	for {
		state, changed := s.State()
		switch state {
		case coord.Connected:
			return nil
		case coord.Expired:
			return coord.ErrSessionExpired
		}
		select {
		case <-changed:
		case <-ctx.Done():
			// The last failure is for people: it may match anything.
			return fmt.Errorf("no session at %s: %w (last failure: %v)", strings.Join(s.cfg.Servers, ","), ctx.Err(), s.lastFailure())
		}
	}
}

// checkChroot returns an error if the chroot does not exist. A server that lags behind is given the chance to catch up.
func (s *session) checkChroot(ctx context.Context) error {
	if s.cfg.Chroot == "" {
		return nil
	}
	for {
		_, _, err := s.Exists(ctx, "/", false)
		if errors.Is(err, coord.ErrNoNode) {
			if err = s.Sync(ctx, "/"); err == nil {
				_, _, err = s.Exists(ctx, "/", false)
			}
		}
		switch {
		case errors.Is(err, coord.ErrNoNode):
			return fmt.Errorf("chroot %s does not exist at %s: %w", s.cfg.Chroot, strings.Join(s.cfg.Servers, ","), coord.ErrNoNode)
		case !errors.Is(err, coord.ErrConnectionLoss) || ctx.Err() != nil:
			return err
		}
		if err := s.awaitConnected(ctx); err != nil {
			return err
		}
	}
}

// trace takes what go-zookeeper logs: of use only to who looks for a fault in it.
type trace struct{ log hclog.Logger }

func (t trace) Printf(format string, args ...any) {
	if t.log.IsTrace() {
		t.log.Trace("go-zookeeper: " + fmt.Sprintf(format, args...))
	}
}

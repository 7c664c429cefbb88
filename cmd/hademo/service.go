package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/pflag"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/ha"
)

const (
	defaultAddr = "127.0.0.1:2181"
	defaultPath = "/dmonitor/master"
)

const logUsage = "log to standard error from this `level` on: trace, debug, info, warn, error, or off"

// errNoElection: the path does not exist.
var errNoElection = errors.New("no election")

// service is the flags of every command that uses a ZooKeeper service.
type service struct {
	addr     string
	timeout  time.Duration
	tick     time.Duration
	logLevel string
}

func (v *service) register(flags *pflag.FlagSet, addr string, timeout time.Duration) {
	flags.StringVar(&v.addr, "zk", addr, "`address` of ZooKeeper, as host:port[,host:port...][/chroot]")
	flags.DurationVar(&v.timeout, "timeout", timeout, "session timeout to ask for; also how long to try to reach the service")
	flags.StringVar(&v.logLevel, "log-level", "warn", logUsage)
}

// newLogger writes to w, which is never standard output. That a candidate has failed is not logged: its output says so, and so does
// the command's own error.
func newLogger(level string, w io.Writer) (hclog.Logger, error) {
	l := hclog.LevelFromString(level)
	if l == hclog.NoLevel {
		return nil, fmt.Errorf("--log-level %q: must be trace, debug, info, warn, error or off", level)
	}
	return hclog.New(&hclog.LoggerOptions{
		Name: "hademo", Level: l, Output: w,
		Exclude: func(_ hclog.Level, message string, _ ...any) bool { return message == string(ha.Failed) },
	}), nil
}

// backend checks the flags; nothing is connected yet.
func (v *service) backend(log hclog.Logger) (*zkbackend.Backend, error) {
	if v.timeout <= 0 {
		return nil, fmt.Errorf("--timeout %v: must be more than zero", v.timeout)
	}
	servers, chroot, err := zkbackend.ParseAddr(v.addr)
	if err != nil {
		return nil, fmt.Errorf("--zk: %w", err)
	}
	return zkbackend.New(zkbackend.Config{
		Servers: servers, Chroot: chroot, SessionTimeout: v.timeout, Tick: v.tick, Logger: log,
	})
}

// look reads an election in a session of its own, within the timeout.
func (v *service) look(ctx context.Context, path string, log hclog.Logger) (view ha.View, err error) {
	if err := coord.ValidatePath(path); err != nil {
		return view, fmt.Errorf("--path: %w", err)
	}
	backend, err := v.backend(log)
	if err != nil {
		return view, err
	}
	within, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	session, err := backend.Open(within)
	if err != nil {
		return view, interruptedOr(ctx, err)
	}
	// All was read: an error of closing it changes nothing, and the session ends by itself.
	defer func() { _ = session.Close(within) }()
	view, err = ha.Look(within, session, path)
	if errors.Is(err, coord.ErrNoNode) {
		return view, fmt.Errorf("%w at %s on %s", errNoElection, path, v.addr)
	}
	return view, interruptedOr(ctx, err)
}

// interruptedOr replaces an error that a signal has brought about by that signal.
func interruptedOr(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

package zkbackend

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/lease"
)

// DefaultPort is ZooKeeper's client port.
const DefaultPort = 2181

// DefaultSessionTimeout is what is asked for if nothing else is said.
const DefaultSessionTimeout = 10 * time.Second

// Config says which service to use and how. Servers must be given; the rest may be zero.
type Config struct {
	// Servers are the addresses of the ensemble's servers, each as host:port. They are tried in an order of chance. A name is
	// looked up whenever it is dialled.
	Servers []string

	// Chroot is the node under which all paths are meant, without a trailing slash; empty for none. It must exist.
	Chroot string

	// SessionTimeout is what to ask for, from 1 ms up to 2^31-1 ms, in whole milliseconds; 0 means 10 s. The service grants what
	// lies within its own bounds, by default 2 to 20 ticks: see Session.Timeout.
	SessionTimeout time.Duration

	// Tick is the ensemble's tickTime; 0 means that it is unknown, which makes the lease shorter than it could be. With a known
	// tick, SessionTimeout should be three ticks or more. Too small a tick here makes AliveUntil wrong.
	Tick time.Duration

	// Drift is by how much the rates of this machine's clock and the service's may differ, in parts per million, up to 500,000;
	// 0 means 10,000, which is 1 %.
	Drift int64

	// Dial connects to a server; nil means plain TCP. It must end when ctx does, or Close cannot. Closing the connection must
	// end its Read and Write.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Logger hears of connections won and lost; nil means silence.
	Logger hclog.Logger
}

// ParseAddr takes apart a connect string as ZooKeeper's own tools have it, "host:port,host:port/chroot". The port may be left out,
// meaning 2181, and so may the chroot.
func ParseAddr(addr string) (servers []string, chroot string, err error) {
	hosts, path, found := strings.Cut(addr, "/")
	if found && path != "" {
		chroot = "/" + path
	}
	var errs []error
	for server := range strings.SplitSeq(hosts, ",") {
		server = strings.TrimSpace(server)
		if !strings.Contains(server, ":") && server != "" {
			server = net.JoinHostPort(server, strconv.Itoa(DefaultPort))
		}
		servers = append(servers, server)
		errs = append(errs, validateServer(server))
	}
	errs = append(errs, validateChroot(chroot))
	if err := errors.Join(errs...); err != nil {
		return nil, "", fmt.Errorf("address %q: %w", addr, err)
	}
	return servers, chroot, nil
}

func (c Config) withDefaults() Config {
	c.Servers = slices.Clone(c.Servers)
	if c.SessionTimeout == 0 {
		c.SessionTimeout = DefaultSessionTimeout
	}
	if c.Drift == 0 {
		c.Drift = lease.DefaultDrift
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	return c
}

// validate reports everything that is wrong with a configuration that has its defaults.
func (c Config) validate() error {
	var errs []error
	if len(c.Servers) == 0 {
		errs = append(errs, errors.New("config: no Servers are given"))
	}
	for _, server := range c.Servers {
		errs = append(errs, validateServer(server))
	}
	errs = append(errs, validateChroot(c.Chroot))
	if t := c.SessionTimeout; t < time.Millisecond || t > math.MaxInt32*time.Millisecond || t%time.Millisecond != 0 {
		errs = append(errs, fmt.Errorf("config: SessionTimeout is %v, must be whole milliseconds from 1 to 2^31-1", t))
	}
	if c.Tick < 0 {
		errs = append(errs, fmt.Errorf("config: Tick is %v, must not be negative", c.Tick))
	}
	if c.Drift < 0 || c.Drift > 500_000 {
		errs = append(errs, fmt.Errorf("config: Drift is %d, must be from 0 to 500000 parts per million", c.Drift))
	}
	return errors.Join(errs...)
}

func validateServer(server string) error {
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		return fmt.Errorf("server %q is not host:port: %w", server, err)
	}
	if host == "" || strings.ContainsAny(host, " \t\r\n") {
		return fmt.Errorf("server %q has no valid host", server)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("server %q: the port must be a number from 1 to 65535", server)
	}
	return nil
}

func validateChroot(chroot string) error {
	if chroot == "" {
		return nil
	}
	if chroot == "/" {
		return errors.New("chroot \"/\" ends in a slash: leave it out to mean the root")
	}
	if err := coord.ValidatePath(chroot); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	return nil
}

package zkserver

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// Config says how a server behaves. The zero value serves on a free port of the loopback interface.
type Config struct {
	// Addr is the TCP address to listen on, as host:port; empty means "127.0.0.1:0", a free port.
	Addr string

	// AllowRemote permits an Addr that other machines can reach. There is neither encryption nor any protection of the tree but
	// its ACLs: use it for development only.
	AllowRemote bool

	// TickTime is the granularity of session expiry, at least 1 ms; 0 means 500 ms.
	TickTime time.Duration

	// MinTimeout and MaxTimeout bound the session timeouts that are granted, at least 1 ms and in this order. 0 means two ticks
	// for the former; for the latter 20 ticks, but not less than 40 s: short ticks must not cut what a client asks for.
	MinTimeout, MaxTimeout time.Duration

	// MaxPacket is the longest request that is read, in bytes, from 1024 to 2^30; 0 means 1,048,575 as in ZooKeeper.
	MaxPacket int

	// MaxConns is how many connections may be open at a time, at least 1; further ones are closed at once. 0 means 10,000.
	MaxConns int

	// MaxConnsPerHost is how many of them may come from one address, not negative; 0 means as many as there may be. It is ZooKeeper's
	// maxClientCnxns, which is 60 unless it is set.
	MaxConnsPerHost int

	// MaxSessions is how many sessions there may be at a time, at least 1; who asks for one more is turned away. 0 means 100,000.
	MaxSessions int

	// MaxWatches is how many paths a connection may watch, at least 1; one that watches more is closed. 0 means 100,000.
	MaxWatches int

	// MaxData is how many bytes the tree may take up, at least 64 KiB: paths, data and ACLs, and 256 for each node. A write that could make it
	// bigger, and whose request has more bytes than are left, gets the code of an exceeded quota (-125). 0 means 1 GiB. A transaction of many
	// small nodes may exceed it, once, by a few times Config.MaxPacket.
	MaxData int64

	// MaxLog is how many entries the log keeps, at least 1: see Server.Log. 0 means 1024.
	MaxLog int

	// Journal is how many transactions Server.Journal tells of, the last ones, not negative. 0 keeps none.
	Journal int

	// MaxPending is how many bytes of events may wait for a connection's peer to read them, at least 1024; a peer that is
	// further behind loses its connection. 0 means 4 MiB. Replies never exceed it by more than one: while a quarter of it
	// waits, no further request is taken up.
	MaxPending int

	// Zxid is the number before that of the first transaction, not negative; 0 takes one from the machine's clock, greater than
	// any that an earlier server had. Set it where a test needs the same numbers every time.
	Zxid coord.Zxid

	// ContainerInterval is how often the server looks for containers that have become empty and for nodes that have outlived their time
	// to live, at least 1 ms; 0 means 60 s, as does znode.container.checkIntervalMs.
	ContainerInterval time.Duration

	// SuperDigest makes those superusers who authenticate with the scheme "digest" as this, which is "super:" and the base64 form of
	// the SHA-1 hash of "super:password": no ACL holds for them. Empty means nobody. (zookeeper.DigestAuthenticationProvider.superDigest)
	SuperDigest string

	// EnforceQuota refuses writes over the hard limits of quotas, as zookeeper.enforceQuota does, which is off by default.
	EnforceQuota bool

	// Clock times session expiry and the tree's timestamps; nil means the machine's, without the time that it was suspended. With a
	// clock.Manual the test decides when a session expires.
	Clock clock.Clock

	// Logger hears of sessions and of connections that are refused or dropped; nil keeps silent.
	Logger hclog.Logger
}

const (
	defaultAddr       = "127.0.0.1:0"
	defaultTick       = 500 * time.Millisecond
	defaultMaxTimeout = 40 * time.Second
	defaultMaxConns   = 10_000
	defaultMaxPending = 4 << 20

	defaultMaxSessions       = 100_000
	defaultMaxWatches        = 100_000
	defaultMaxData           = 1 << 30
	defaultMaxLog            = 1024
	defaultContainerInterval = time.Minute

	// greetingTimeout is how long a connection may take until it has a session, or until it has read the refusal of one.
	greetingTimeout = 10 * time.Second
)

// withDefaults replaces zeros by what they mean.
func (c Config) withDefaults() Config {
	def(&c.Addr, defaultAddr)
	def(&c.TickTime, defaultTick)
	def(&c.MinTimeout, 2*c.TickTime)
	def(&c.MaxTimeout, max(20*c.TickTime, defaultMaxTimeout, c.MinTimeout))
	def(&c.MaxPacket, wire.MaxPacket)
	def(&c.MaxConns, defaultMaxConns)
	def(&c.MaxPending, defaultMaxPending)
	def(&c.MaxSessions, defaultMaxSessions)
	def(&c.MaxWatches, defaultMaxWatches)
	def(&c.MaxData, defaultMaxData)
	def(&c.MaxLog, defaultMaxLog)
	def(&c.ContainerInterval, defaultContainerInterval)
	if c.Clock == nil {
		c.Clock = uptime{origin: time.Now()}
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate reports everything that is wrong with a configuration that has its defaults.
func (c Config) validate() error {
	const maxTimeout = math.MaxInt32 * time.Millisecond // what the protocol can say
	return errors.Join(
		between("TickTime", c.TickTime, time.Millisecond, time.Hour),
		between("MinTimeout", c.MinTimeout, time.Millisecond, maxTimeout),
		between("MaxTimeout", c.MaxTimeout, c.MinTimeout, maxTimeout),
		between("MaxPacket", c.MaxPacket, 1024, 1<<30),
		between("MaxConns", c.MaxConns, 1, math.MaxInt32),
		between("MaxConnsPerHost", c.MaxConnsPerHost, 0, math.MaxInt32),
		between("MaxSessions", c.MaxSessions, 1, math.MaxInt32),
		between("MaxWatches", c.MaxWatches, 1, math.MaxInt32),
		between("MaxData", c.MaxData, 64<<10, math.MaxInt64/2),
		between("MaxLog", c.MaxLog, 1, 1<<24),
		between("Journal", c.Journal, 0, 1<<24),
		between("MaxPending", c.MaxPending, 1024, math.MaxInt32),
		between("ContainerInterval", c.ContainerInterval, time.Millisecond, 24*time.Hour),
		between("Zxid", c.Zxid, 0, math.MaxInt64/2),
		validSuperDigest(c.SuperDigest),
	)
}

func between[T int | int64 | time.Duration | coord.Zxid](name string, value, low, high T) error {
	if value < low || value > high {
		return fmt.Errorf("zkserver: %s is %v, not from %v to %v", name, value, low, high)
	}
	return nil
}

// validSuperDigest refuses what nobody could ever authenticate as.
func validSuperDigest(digest string) error {
	hash, ok := strings.CutPrefix(digest, "super:")
	sum, err := base64.StdEncoding.DecodeString(hash)
	if digest != "" && (!ok || err != nil || len(sum) != sha1.Size) {
		return fmt.Errorf("zkserver: SuperDigest is %q, not \"super:\" and the base64 form of a SHA-1 hash", digest)
	}
	return nil
}

package zkserver

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// dump tells of sessions with the buckets that they expire in, and of ephemeral nodes.
func (s *Server) dump() string {
	var b strings.Builder
	expiring := map[coord.Instant][]string{}
	for id := range s.sessions {
		deadline, _ := s.alive.Deadline(id)
		expiring[coord.Instant(deadline)] = append(expiring[coord.Instant(deadline)], id.String())
	}
	fmt.Fprintf(&b, "SessionTracker dump:\nSession Sets (%d)/(%d):\n", len(expiring), len(s.sessions))
	b.WriteString(s.buckets(expiring))
	owned := map[coord.SessionID][]string{}
	for id := range s.sessions {
		if paths := slices.Sorted(s.tree.Ephemerals(id)); len(paths) > 0 {
			owned[id] = paths
		}
	}
	fmt.Fprintf(&b, "ephemeral nodes dump:\nSessions with Ephemerals (%d):\n", len(owned))
	b.WriteString(listing(owned, func(id coord.SessionID) string { return id.String() + ":" }))
	conns := map[coord.Instant][]string{}
	for _, c := range s.byAge() {
		at, id := c.expiry()
		conns[at] = append(conns[at], fmt.Sprintf("ip: /%s sessionId: %v", c.peer, id))
	}
	fmt.Fprintf(&b, "Connections dump:\nConnections Sets (%d)/(%d):\n", len(conns), len(s.byAge()))
	b.WriteString(s.buckets(conns))
	return b.String()
}

// expiry is when a connection is given up if nothing more is heard of it, and its session or 0.
func (c *conn) expiry() (coord.Instant, coord.SessionID) {
	if c.session == nil {
		return c.strangerSince.Add(greetingTimeout), 0
	}
	deadline, _ := c.srv.alive.Deadline(c.session.id)
	return coord.Instant(deadline), c.session.id
}

// buckets lists what expires when, as java.util.Date prints that.
func (s *Server) buckets(expiring map[coord.Instant][]string) string {
	var b strings.Builder
	for _, at := range slices.Sorted(maps.Keys(expiring)) {
		list := expiring[at]
		slices.Sort(list)
		when := time.UnixMilli(s.ms(at)).UTC().Format("Mon Jan 02 15:04:05 MST 2006")
		fmt.Fprintf(&b, "%d expire at %s:\n\t%s\n", len(list), when, strings.Join(list, "\n\t"))
	}
	return b.String()
}

// listing prints lists under their headings, sorted by these.
func listing[K cmp.Ordered](lists map[K][]string, heading func(K) string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		fmt.Fprintf(&b, "%s\n\t%s\n", heading(key), strings.Join(lists[key], "\n\t"))
	}
	return b.String()
}

// environment has the lines of a real server, with what is Go's in place of what is Java's.
func (s *Server) environment() string {
	host, _ := os.Hostname() // what cannot be found out is empty
	home, _ := os.UserHomeDir()
	dir, _ := os.Getwd()
	lines := []string{
		"zookeeper.version=" + version, "host.name=" + host,
		"java.version=none (" + runtime.Version() + ")", "java.vendor=none", "java.home=", "java.class.path=", "java.library.path=",
		"java.io.tmpdir=" + os.TempDir(), "java.compiler=<NA>",
		"os.name=" + runtime.GOOS, "os.arch=" + runtime.GOARCH, "os.version=", "user.name=" + cmp.Or(os.Getenv("USER"), os.Getenv("USERNAME")),
		"user.home=" + home, "user.dir=" + dir,
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	const mib = 1 << 20
	return "Environment:\n" + strings.Join(lines, "\n") +
		fmt.Sprintf("\nos.memory.free=%dMB\nos.memory.max=%dMB\nos.memory.total=%dMB\n", (m.Sys-m.HeapInuse)/mib, m.Sys/mib, m.Sys/mib)
}

// configuration has the lines of a real server. It has no files.
func (s *Server) configuration() string {
	port := "0"
	if at := strings.LastIndexByte(s.Addr(), ':'); at >= 0 {
		port = s.Addr()[at+1:]
	}
	return fmt.Sprintf("clientPort=%s\nsecureClientPort=-1\ndataDir=\ndataDirSize=0\ndataLogDir=\ndataLogSize=0\ntickTime=%d\n"+
		"maxClientCnxns=%d\nminSessionTimeout=%d\nmaxSessionTimeout=%d\nclientPortListenBacklog=-1\nserverId=0\n",
		port, s.cfg.TickTime.Milliseconds(), s.cfg.MaxConnsPerHost, s.cfg.MinTimeout.Milliseconds(), s.cfg.MaxTimeout.Milliseconds())
}

package zkserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// words are the four-letter words that a fresh connection may send in place of a connect request. The answers are those of ZooKeeper 3.8
// (org.apache.zookeeper.server.command), and are made under the server's lock.
var words = map[string]func(*Server) string{
	"ruok": func(*Server) string { return "imok" },
	"isro": func(*Server) string { return "rw" },
	"srvr": func(s *Server) string { return "Zookeeper version: " + version + "\n" + s.figures() },
	"stat": func(s *Server) string { return "Zookeeper version: " + version + "\n" + s.clients() + s.figures() },
	"mntr": (*Server).monitor,
	"cons": (*Server).connections,
	"dump": (*Server).dump,
	"wchs": (*Server).watchSummary,
	"wchc": (*Server).watchesBySession,
	"wchp": (*Server).watchesByPath,
	"envi": (*Server).environment,
	"conf": (*Server).configuration,
	"srst": (*Server).resetStats,
	"crst": (*Server).resetConnStats,
}

// version is in the form of older servers: go-zookeeper reads that of newer ones as an error.
const version = "3.8.0-hamaster, built on 01/01/2026 00:00 GMT"

func (s *Server) figures() string {
	return fmt.Sprintf("Latency min/avg/max: %d/%s/%d\nReceived: %d\nSent: %d\nConnections: %d\nOutstanding: %d\nZxid: 0x%x\n"+
		"Mode: standalone\nNode count: %d\n",
		s.stats.least.Milliseconds(), s.stats.mean(), s.stats.most.Milliseconds(), s.stats.received, s.stats.sent,
		len(s.byAge()), s.outstanding(), int64(s.tree.Zxid()), s.nodeCount())
}

// nodeCount counts the root twice, as "/" and as "", like a real server.
func (s *Server) nodeCount() int { return s.tree.Len() + 1 }

// outstanding is how many requests are read and not answered: those that an injected fault delays.
func (s *Server) outstanding() int {
	n := 0
	for _, c := range s.conns {
		if c.requestDelay.by != nil {
			n++
		}
	}
	return n
}

// byAge returns the connections, the oldest first. One that had its last answer counts as closed, as it is on a real server, which does
// not wait for the peer.
func (s *Server) byAge() []*conn {
	conns := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		if !c.answered {
			conns = append(conns, c)
		}
	}
	slices.SortFunc(conns, func(a, b *conn) int { return int(a.id - b.id) })
	return conns
}

// label starts a connection's line in stat and cons. The figure in brackets says whether the server waits for it to send something.
func (c *conn) label() string {
	waiting := 0
	if c.session != nil {
		waiting = 1
	}
	return fmt.Sprintf(" /%s[%d](queued=0,recved=%d,sent=%d", c.peer, waiting, c.stats.received, c.stats.sent)
}

func (s *Server) clients() string {
	var b strings.Builder
	b.WriteString("Clients:\n")
	for _, c := range s.byAge() {
		b.WriteString(c.label() + ")\n")
	}
	b.WriteString("\n")
	return b.String()
}

func (s *Server) connections() string {
	var b strings.Builder
	for _, c := range s.byAge() {
		b.WriteString(c.label())
		if c.session != nil {
			b.WriteString(c.details())
		}
		b.WriteString(")\n")
	}
	b.WriteString("\n")
	return b.String()
}

// details are what cons tells of a connection with a session. The last zxid is that of the last answer, and the time of that in
// milliseconds on a clock that starts anywhere.
func (c *conn) details() string {
	last, zxid := "NA", coord.Zxid(-1)
	if c.last.at != 0 {
		last, zxid = opNames[c.last.head.Op].four, c.last.zxid
	}
	xid := ""
	if c.last.head.Xid > 0 {
		xid = fmt.Sprintf(",lcxid=0x%x", c.last.head.Xid)
	}
	return fmt.Sprintf(",sid=%v,lop=%s,est=%d,to=%d%s,lzxid=0x%x,lresp=%d,llat=%d,minlat=%d,avglat=%d,maxlat=%d",
		c.session.id, last, c.opened, c.timeout.Milliseconds(), xid, uint64(zxid), c.last.at.Milliseconds(), c.last.took.Milliseconds(),
		c.stats.least.Milliseconds(), int64(c.stats.meanMs()), c.stats.most.Milliseconds())
}

// sessionOf is how wchc and wchp name a watcher.
func (s *Server) sessionOf(to ztree.Watcher) (coord.SessionID, bool) {
	c := s.conns[to]
	if c == nil || c.session == nil {
		return 0, false
	}
	return c.session.id, true
}

// The words on watches tell of those on data and existence alone, as a real server's do (DataTree.dumpWatches).
func (s *Server) dataWatches(yield func(to ztree.Watcher, path string) bool) {
	s.watches.All(func(to ztree.Watcher, path string, kinds ztree.Kind) bool {
		return kinds&ztree.DataWatch == 0 || yield(to, path)
	})
}

func (s *Server) watchSummary() string {
	watchers, paths, total := map[ztree.Watcher]bool{}, map[string]bool{}, 0
	for to, path := range s.dataWatches {
		watchers[to], paths[path] = true, true
		total++
	}
	return fmt.Sprintf("%d connections watching %d paths\nTotal watches:%d\n", len(watchers), len(paths), total)
}

func (s *Server) watchesBySession() string {
	paths := map[coord.SessionID][]string{}
	for to, path := range s.dataWatches {
		if id, ok := s.sessionOf(to); ok {
			paths[id] = append(paths[id], path)
		}
	}
	return listing(paths, func(id coord.SessionID) string { return id.String() }) + "\n"
}

func (s *Server) watchesByPath() string {
	sessions := map[string][]string{}
	for to, path := range s.dataWatches {
		if id, ok := s.sessionOf(to); ok {
			sessions[path] = append(sessions[path], id.String())
		}
	}
	return listing(sessions, func(path string) string { return path }) + "\n"
}

package zkserver

import (
	"fmt"
	"strings"

	"github.com/hamaster/hamaster/coord/ztree"
)

// monitor has those lines of a real server's mntr that say something of a standalone server in memory: what of its own inside a real
// one counts there, there is nothing of here.
func (s *Server) monitor() string {
	var b strings.Builder
	line := func(key string, value any) { fmt.Fprintf(&b, "zk_%s\t%v\n", key, value) }
	watches := 0
	s.watches.All(func(_ ztree.Watcher, _ string, kinds ztree.Kind) bool {
		for ; kinds != 0; kinds &= kinds - 1 {
			watches++
		}
		return true
	})
	ephemerals := 0
	for id := range s.sessions {
		for range s.tree.Ephemerals(id) {
			ephemerals++
		}
	}
	line("version", version)
	line("server_state", "standalone")
	line("ephemerals_count", ephemerals)
	line("num_alive_connections", len(s.byAge()))
	line("avg_latency", s.stats.mean())
	line("outstanding_requests", s.outstanding())
	line("znode_count", s.nodeCount())
	line("global_sessions", len(s.sessions))
	line("non_mtls_remote_conn_count", 0)
	line("packets_sent", s.stats.sent)
	line("packets_received", s.stats.received)
	line("watch_count", watches)
	line("min_latency", s.stats.least.Milliseconds())
	line("approximate_data_size", s.tree.Size())
	line("local_sessions", 0)
	line("uptime", s.clock.Now().Sub(s.startNow).Milliseconds())
	line("max_latency", s.stats.most.Milliseconds())
	line("non_mtls_local_conn_count", 0)
	line("connection_rejected", s.rejected)
	return b.String()
}

package zkserver

import (
	"fmt"
	"strings"
	"time"
)

// words are the four-letter words that a fresh connection may send in place of a connect request. The answers are made under the
// server's lock.
var words = map[string]func(*Server) string{
	"ruok": func(*Server) string { return "imok" },
	"isro": func(*Server) string { return "rw" },
	"envi": func(*Server) string { return "Environment:\nzookeeper.version=" + version },
	"srvr": func(s *Server) string { return "Zookeeper version: " + version + s.figures() },
	"stat": func(s *Server) string { return "Zookeeper version: " + version + s.clients() + s.figures() },
}

// version is in the form of older servers: go-zookeeper reads that of newer ones as an error.
const version = "3.8.0-hamaster, built on 01/01/2026 00:00 GMT\n"

func (s *Server) clients() string {
	var b strings.Builder
	b.WriteString("Clients:\n")
	for _, c := range s.conns {
		fmt.Fprintf(&b, " /%s[1](queued=0,recved=%d,sent=%d)\n", c.nc.RemoteAddr(), c.received, c.sent)
	}
	b.WriteString("\n")
	return b.String()
}

func (s *Server) figures() string {
	// A real server counts the root twice, as "/" and as "".
	nodes := s.tree.Len() + 1
	return fmt.Sprintf("Latency min/avg/max: %d/%.1f/%d\nReceived: %d\nSent: %d\nConnections: %d\nOutstanding: 0\nZxid: 0x%x\n"+
		"Mode: standalone\nNode count: %d\n",
		s.stats.least.Milliseconds(), s.stats.mean(), s.stats.most.Milliseconds(),
		s.stats.received, s.stats.sent, len(s.conns), int64(s.tree.Zxid()), nodes)
}

// stats counts what the server has done since it started.
type stats struct {
	received, sent int64 // packets
	answers        int64
	total          time.Duration // from request read to answer queued, over all answers
	least, most    time.Duration
}

func (s *stats) answered(took time.Duration) {
	if s.answers == 0 || took < s.least {
		s.least = took
	}
	s.most = max(s.most, took)
	s.total += took
	s.answers++
}

// mean is in milliseconds.
func (s *stats) mean() float64 {
	if s.answers == 0 {
		return 0
	}
	return float64(s.total) / float64(s.answers) / float64(time.Millisecond)
}

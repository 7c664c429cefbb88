package zkserver

import (
	"fmt"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// stats counts what the server has done since it started, or what a connection has seen since it was opened, or since the words srst and
// crst.
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

// meanMs is in milliseconds.
func (s *stats) meanMs() float64 {
	if s.answers == 0 {
		return 0
	}
	return float64(s.total) / float64(s.answers) / float64(time.Millisecond)
}

// mean is the same as Java prints it (AvgMinMaxCounter.getAvg): rounded to four places, and one place at least.
func (s *stats) mean() string { return javaDecimal(s.meanMs()) }

func javaDecimal(f float64) string {
	text := []byte(fmt.Sprintf("%.4f", f))
	for text[len(text)-1] == '0' && text[len(text)-2] != '.' {
		text = text[:len(text)-1]
	}
	return string(text)
}

// lastAnswer is what the word cons tells of a connection's last answer.
type lastAnswer struct {
	head wire.RequestHeader
	zxid coord.Zxid
	at   time.Duration // since the server was started; 0 if there was none
	took time.Duration
}

// countAnswer counts an answer.
func (c *conn) countAnswer(head wire.RequestHeader, zxid coord.Zxid, took time.Duration) {
	s := c.srv
	s.stats.answered(took)
	c.stats.answered(took)
	c.last = lastAnswer{head: head, zxid: zxid, at: max(1, c.x.now.Sub(s.startNow)), took: took}
}

// countReceived and countSent are called under the server's lock.
func (c *conn) countReceived() {
	c.stats.received++
	c.srv.stats.received++
}

func (c *conn) countSent() {
	c.stats.sent++
	c.srv.stats.sent++
}

func (s *Server) resetStats() string {
	s.stats = stats{}
	return "Server stats reset.\n"
}

func (s *Server) resetConnStats() string {
	for _, c := range s.conns {
		c.stats, c.last = stats{}, lastAnswer{}
	}
	return "Connection stats reset.\n"
}

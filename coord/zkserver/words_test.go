package zkserver_test

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/internal/zktest"
)

var allWords = []string{"ruok", "srvr", "stat", "mntr", "cons", "dump", "wchs", "wchc", "wchp", "envi", "conf", "isro", "srst", "crst"}

func ask(t testing.TB, addr, word string) string {
	t.Helper()
	c := dialAddr(t, addr)
	c.sendBytes([]byte(word))
	answer, err := io.ReadAll(c.nc)
	if err != nil {
		t.Fatalf("%s: %v", word, err)
	}
	return string(answer)
}

// inhabit makes sessions, nodes and watches that the words tell of. The clients must be kept.
func inhabit(t testing.TB, addr string) []*raw {
	a, b := dialAddr(t, addr), dialAddr(t, addr)
	for _, c := range []*raw{a, b} {
		c.greet(greeting{timeout: 20 * time.Second})
	}
	a.want(wire.OK, wire.OpCreate, createBody("/p", []byte("data"), 0))
	a.want(wire.OK, wire.OpCreate, createBody("/p/e", nil, coord.Ephemeral))
	b.want(wire.OK, wire.OpCreate, createBody("/p/f", nil, coord.Ephemeral))
	a.want(wire.OK, wire.OpExists, readBody("/p", true))
	a.want(wire.NoNode, wire.OpExists, readBody("/none", true))
	b.want(wire.OK, wire.OpGetData, readBody("/p", true))
	b.want(wire.OK, wire.OpGetChildren, readBody("/p", true))
	return []*raw{a, b}
}

// What differs from server to server and from moment to moment, and what stands for it.
var variable = []struct {
	what *regexp.Regexp
	form string
}{
	{regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}:\d+`), "ADDR"},
	{regexp.MustCompile(`(expire at ).*:`), "${1}DATE:"},
	{regexp.MustCompile(`(version(:|=|\t) ?)3\.8\.0.*`), "${1}VERSION"},
	{regexp.MustCompile(`0x[0-9a-f]+`), "HEX"},
	{regexp.MustCompile(`[0-9]+\.[0-9]+`), "DECIMAL"},
	{regexp.MustCompile(`\b[0-9]+\b`), "N"},
	{regexp.MustCompile(`[0-9]+MB`), "NMB"},
	// What is told of one's own files and machine.
	{regexp.MustCompile(`(?m)^((?:java|os|user|host)\.[a-z.]+|data(?:Log)?Dir)=.*$`), "${1}=TEXT"},
	// Figures of nothing that the raw clients of these tests decide: how sessions fall into the buckets of their expiry.
	{regexp.MustCompile(`(?m)^N expire at DATE:\n`), ""},
}

// shape is an answer with all that is variable made equal, its lines sorted where their order means nothing.
func shape(word, answer string) string {
	for _, v := range variable {
		answer = v.what.ReplaceAllString(answer, v.form)
	}
	if word == "wchc" || word == "wchp" || word == "dump" || word == "cons" || word == "stat" {
		lines := strings.SplitAfter(answer, "\n")
		slices.Sort(lines)
		return strings.Join(lines, "")
	}
	return answer
}

func TestWordsAreAnsweredInTheShapeOfARealServer(t *testing.T) {
	genuine := zktest.Start(t, zktest.Config{Tick: 2 * time.Second, Extra: map[string]string{"maxClientCnxns": "60"}})
	srv := start(t, zkserver.Config{TickTime: 2 * time.Second, MaxConnsPerHost: 60})
	inhabit(t, genuine.Addrs()[0])
	inhabit(t, srv.Addr())
	for _, word := range allWords {
		if word == "mntr" {
			continue
		}
		ours, real := ask(t, srv.Addr(), word), ask(t, genuine.Addrs()[0], word)
		if got, want := shape(word, ours), shape(word, real); got != want {
			t.Errorf("%s:\n%s\nnot:\n%s\n(ours: %q\nreal: %q)", word, got, want, ours, real)
		}
	}
	compareMonitors(t, ask(t, srv.Addr(), "mntr"), ask(t, genuine.Addrs()[0], "mntr"))
}

// compareMonitors checks that every line of ours is one of a real server's, in the same form, and that what must be equal is.
func compareMonitors(t *testing.T, ours, real string) {
	t.Helper()
	theirs := monitored(real)
	for key, value := range monitored(ours) {
		other, known := theirs[key]
		switch {
		case !known:
			t.Errorf("a real server does not tell of %s", key)
		case shape("mntr", key+"\t"+value) != shape("mntr", key+"\t"+other):
			t.Errorf("%s is %q, and %q on a real server", key, value, other)
		}
	}
	for _, key := range []string{"zk_server_state", "zk_ephemerals_count", "zk_num_alive_connections", "zk_znode_count", "zk_watch_count",
		"zk_global_sessions", "zk_outstanding_requests"} {
		if got, want := monitored(ours)[key], theirs[key]; got != want || got == "" {
			t.Errorf("%s is %q, not %q", key, got, want)
		}
	}
}

func monitored(answer string) map[string]string {
	lines := map[string]string{}
	for line := range strings.Lines(answer) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		lines[key] = value
	}
	return lines
}

func TestWordsTellFiguresThatAreTrue(t *testing.T) {
	srv := start(t, zkserver.Config{})
	clients := inhabit(t, srv.Addr())
	waiting := inject(t, srv, zkserver.Fault{Op: "sync", Delay: zkserver.UntilRemoved})
	clients[0].send(wire.OpSync, wire.AppendString(nil, "/"))
	if err := waiting.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for word, part := range map[string]string{
		"wchs": "2 connections watching 2 paths\nTotal watches:3\n",
		"wchp": "/p\n\t" + clients[0].session.String() + "\n\t" + clients[1].session.String() + "\n\n",
		"wchc": clients[1].session.String() + "\n\t/p\n\n",
		"cons": "sid=" + clients[1].session.String() + ",lop=GETC,",
		"dump": clients[0].session.String() + ":\n\t/p/e\n",
		"srvr": "Outstanding: 1\n",
		"stat": "Node count: 8\n",
	} {
		if answer := ask(t, srv.Addr(), word); !strings.Contains(answer, part) {
			t.Errorf("%s: %q is not in %q", word, part, answer)
		}
	}
	ask(t, srv.Addr(), "srst")
	ask(t, srv.Addr(), "crst")
	if answer := ask(t, srv.Addr(), "cons"); !strings.Contains(answer, "recved=0,sent=0,sid="+clients[1].session.String()+",lop=NA,") {
		t.Errorf("after crst: %q", answer)
	}
}

package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

func TestServeServesUntilInterrupted(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--addr", "127.0.0.1:0", "--tick", "50ms", "--min-timeout", "200ms", "--max-timeout", "300ms")
	p.awaitLine("serving ZooKeeper's protocol at 127.0.0.1:")
	_, rest, _ := strings.Cut(p.output()[0], " at ")
	addr, _, _ := strings.Cut(rest, ",")
	if got := client(t, addr).Timeout().String(); got != "300ms" {
		t.Errorf("a session's timeout is %s, want the greatest allowed", got)
	}
	p.signal(os.Interrupt)
	if status := p.exit(); status != 0 || p.errors() != "" {
		t.Errorf("status %d, %s", status, p.errors())
	}
}

// after is what stands in a line of the output behind a text, up to the next space or comma.
func (p *process) after(text string) string {
	p.t.Helper()
	p.awaitLine(text)
	_, rest, _ := strings.Cut(strings.Join(p.output(), "\n"), text)
	word, _, _ := strings.Cut(strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })[0], "/")
	return word
}

func TestServeTakesCallsForFaults(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--addr", "127.0.0.1:0", "--faults", "127.0.0.1:0")
	zk := client(t, p.after("protocol at "))
	if _, err := zk.Create(t.Context(), "/e", nil, coord.Ephemeral); err != nil {
		t.Fatal(err)
	}
	web := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := web.Post("http://"+p.after("curl http://")+"/expire", "application/json", nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	_ = resp.Body.Close()
	for state, changed := zk.State(); state != coord.Expired; state, changed = zk.State() {
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatalf("the session is %v", state)
		}
	}
	p.signal(os.Interrupt)
	if status := p.exit(); status != 0 || p.errors() != "" {
		t.Errorf("status %d, %s", status, p.errors())
	}
}

func TestAnAddressThatOtherMachinesReachIsWarnedOf(t *testing.T) {
	t.Parallel()
	for addr, warned := range map[string]bool{"127.0.0.1:2181": false, "[::1]:2181": false, "[::]:2181": true, "192.0.2.1:2181": true} {
		if text := remoteWarning(addr); strings.Contains(text, "for development") != warned {
			t.Errorf("%s: %q", addr, text)
		}
	}
}

package zkbackend

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseAddrTakesConnectStringsApart(t *testing.T) {
	for _, c := range []struct {
		addr    string
		servers []string
		chroot  string
	}{
		{"127.0.0.1:2181", []string{"127.0.0.1:2181"}, ""},
		{"a:1,b:2, c:3", []string{"a:1", "b:2", "c:3"}, ""},
		{"zk1,zk2/app", []string{"zk1:2181", "zk2:2181"}, "/app"},
		{"a:1/app/sub", []string{"a:1"}, "/app/sub"},
		{"a:1/", []string{"a:1"}, ""},
		{"[::1]:2181/x", []string{"[::1]:2181"}, "/x"},
	} {
		servers, chroot, err := ParseAddr(c.addr)
		if err != nil || !slices.Equal(servers, c.servers) || chroot != c.chroot {
			t.Errorf("ParseAddr(%q): got %q, %q, %v", c.addr, servers, chroot, err)
		}
	}
}

func TestParseAddrNamesWhatIsWrong(t *testing.T) {
	for addr, want := range map[string]string{
		"":             `server ""`,
		"/app":         `server ""`,
		"a:1,":         `server ""`,
		"a:b":          `server "a:b"`,
		"a:0":          `server "a:0"`,
		"a:70000":      `server "a:70000"`,
		":2181":        `server ":2181"`,
		"a b:1":        `server "a b:1"`,
		"::1":          `server "::1"`,
		"a:1/app/":     "ends in a slash",
		"a:1//app":     "chroot",
		"a:1/../app":   "chroot",
		"a:x,b:y/app/": `server "b:y"`,
	} {
		servers, chroot, err := ParseAddr(addr)
		if err == nil {
			t.Errorf("ParseAddr(%q): got %q, %q and no error", addr, servers, chroot)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), addr) {
			t.Errorf("ParseAddr(%q): %q does not say %q", addr, err, want)
		}
	}
}

func TestNewReportsAllProblemsAtOnce(t *testing.T) {
	_, err := New(Config{
		Servers: []string{"nowhere", "a:1"}, Chroot: "app", SessionTimeout: time.Microsecond, Tick: -1, Drift: 1_000_000,
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`"nowhere"`, `"app"`, "SessionTimeout", "Tick", "Drift"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "Servers") {
		t.Errorf("without servers: %v", err)
	}
	if _, err := New(Config{Servers: []string{"a:1"}, SessionTimeout: 25 * 24 * time.Hour}); err == nil {
		t.Error("a timeout that the protocol cannot say was taken")
	}
	if _, err := New(Config{Servers: []string{"a:1"}, Chroot: "/"}); err == nil {
		t.Error("a chroot that ends in a slash was taken")
	}
}

func TestPatienceLeavesTimeForAHealthyServer(t *testing.T) {
	for servers := 1; servers <= 9; servers++ {
		for _, timeout := range []time.Duration{time.Millisecond, 2 * time.Second, 10 * time.Second, time.Hour} {
			p := newPool(make([]string, servers), timeout)
			var spent time.Duration
			for i := range servers {
				pause, patience := p.attempt()
				if i > 0 && pause != 0 {
					t.Errorf("%d servers: a pause of %v within the first round", servers, pause)
				}
				if i < (servers-1)/2-1 {
					spent += patience // on a mute one, beside the one just lost
				}
			}
			if spent > timeout/6+10*time.Millisecond {
				t.Errorf("%d servers, timeout %v: mute ones cost %v", servers, timeout, spent)
			}
			last := time.Duration(0)
			for range 200 {
				pause, patience := p.attempt()
				if pause > maxPause || patience < last || patience > max(timeout/2, time.Millisecond) {
					t.Fatalf("%d servers, timeout %v: pause %v, patience %v after %v", servers, timeout, pause, patience, last)
				}
				last = patience
			}
		}
	}
}

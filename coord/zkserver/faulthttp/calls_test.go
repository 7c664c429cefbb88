package faulthttp_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/faulthttp"
)

type silent struct{}

func (silent) Printf(string, ...any) {}

// client is one of go-zookeeper with a session.
func client(t testing.TB, srv *zkserver.Server) *zk.Conn {
	t.Helper()
	c, _, err := zk.Connect([]string{srv.Addr()}, 10*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, _, err := c.Exists("/"); err != nil {
		t.Fatal(err)
	}
	return c
}

// request makes a call, which must have that status, and returns its answer.
func request(t testing.TB, s *faulthttp.Server, status int, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return do(t, status, r)
}

func do(t testing.TB, status int, r *http.Request) map[string]any {
	t.Helper()
	web := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	if resp.StatusCode != status {
		t.Errorf("%s %s: status %d, not %d: %v", r.Method, r.URL, resp.StatusCode, status, answer)
	}
	return answer
}

func TestAFaultIsInjectedAskedForAndRemoved(t *testing.T) {
	srv, faults := start(t)
	c := client(t, srv)
	injected := request(t, faults, 200, "POST", "/faults", `{"op": "exists", "path": "/a*", "times": "always", "do": "fail", "code": -102}`)
	if injected["fault"] != 1.0 || injected["hits"] != 0.0 || injected["times"] != "always" {
		t.Errorf("%v", injected)
	}
	for range 2 {
		if _, _, err := c.Exists("/abc"); !errors.Is(err, zk.ErrNoAuth) {
			t.Errorf("the client got %v", err)
		}
	}
	if got := request(t, faults, 200, "GET", "/faults/1?wait=1m", ""); got["hits"] != 2.0 {
		t.Errorf("%v", got)
	}
	if got := request(t, faults, 200, "GET", "/faults", ""); len(got["faults"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	request(t, faults, 200, "DELETE", "/faults/1", "")
	if _, _, err := c.Exists("/abc"); err != nil {
		t.Error(err)
	}
}

func TestADelayEndsWithItsFault(t *testing.T) {
	srv, faults := start(t)
	c := client(t, srv)
	request(t, faults, 200, "POST", "/faults", `{"op": "create", "delay": "until-removed"}`)
	created := make(chan error, 1)
	go func() {
		_, err := c.Create("/late", nil, 0, zk.WorldACL(zk.PermAll))
		created <- err
	}()
	if got := request(t, faults, 200, "GET", "/faults/1?wait=1m", ""); got["hits"] != 1.0 || got["delay"] != "until-removed" {
		t.Errorf("%v", got)
	}
	request(t, faults, 200, "DELETE", "/faults", "")
	if err := <-created; err != nil {
		t.Error(err)
	}
}

func TestSessionsAndConnectionsAreNamedAsClientsNameThem(t *testing.T) {
	srv, faults := start(t)
	c := client(t, srv)
	listed := request(t, faults, 200, "GET", "/sessions", "")["sessions"].([]any)
	if len(listed) != 1 {
		t.Fatalf("%v", listed)
	}
	quoted, err := json.Marshal(listed[0])
	if err != nil || listed[0] != coord.SessionID(c.SessionID()).String() {
		t.Fatalf("%v, %v", listed, err)
	}
	for _, step := range []struct {
		call, key string
		want      any
	}{
		{"/cut", "connections", 1.0}, {"/heal", "connections", 1.0}, {"/heal", "connections", 0.0},
		{"/move", "moved", true}, {"/move", "moved", false}, {"/expire", "expired", 1.0}, {"/expire", "expired", 0.0},
	} {
		if got := request(t, faults, 200, "POST", step.call, `{"session": `+string(quoted)+`}`); got[step.key] != step.want {
			t.Errorf("%s: %v", step.call, got)
		}
	}
	nobody := request(t, faults, 200, "POST", "/reset", `{"peer": "127.0.0.1:1"}`)
	if nobody["connections"] != 0.0 {
		t.Errorf("%v", nobody)
	}
	request(t, faults, 200, "POST", "/drop", `{"session": null}`)
}

func TestTheServerAsAWholeIsTurned(t *testing.T) {
	srv, faults := start(t)
	before := srv.Now()
	request(t, faults, 200, "POST", "/advance", `{"by": "10m"}`)
	request(t, faults, 200, "POST", "/advance", `{"by": 0.5}`)
	if passed := srv.Now().Sub(before); passed < 10*time.Minute+500*time.Millisecond {
		t.Errorf("the clock went on by %v", passed)
	}
	request(t, faults, 200, "POST", "/refuse", `{"on": true}`)
	if nc, err := net.Dial("tcp", srv.Addr()); err == nil {
		if _, err := io.ReadAll(nc); err == nil {
			// A reset is an error; a plain end would be one of a server that has taken the connection in.
			t.Error("a connection was taken in")
		}
		_ = nc.Close()
	}
	request(t, faults, 200, "POST", "/refuse", `{"on": false}`)
	c := client(t, srv)
	if _, err := c.Create("/p", nil, 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(err)
	}
	request(t, faults, 200, "POST", "/stop", "")
	request(t, faults, 200, "GET", "/log?kind=stopped&wait=1m", "")
	request(t, faults, 200, "POST", "/restart", `{"keep": false}`)
	log := request(t, faults, 200, "GET", "/log?kind=restarted&wait=1m", "")
	if entries := log["entries"].([]any); len(entries) != 1 {
		t.Errorf("%v", log)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	_, faults := start(t)
	for _, wrong := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/faults", `{"op": "creat"}`, 400, "createContainer"},
		{"POST", "/faults", `{"oops": 1}`, 400, "oops"},
		{"POST", "/faults", `{"times": 0}`, 400, "always"},
		{"POST", "/faults", `{"delay": "soon"}`, 400, "no duration"},
		{"POST", "/faults", `{"delay": -1}`, 400, "no duration"},
		{"POST", "/faults", `{"delay": 1e300}`, 400, "no duration"},
		{"POST", "/faults", `{"path": "` + strings.Repeat("x", 1<<17) + `"}`, 413, "too large"},
		{"POST", "/cut", `{"session": "me"}`, 400, "no session id"},
		{"POST", "/cut", `{"session": 1, "peer": "x"}`, 400, "exclude"},
		{"POST", "/move", ``, 400, "missing"},
		{"POST", "/refuse", ``, 400, "needed"},
		{"POST", "/restart", ``, 400, "missing"},
		{"POST", "/advance", `{"by": "1000000h"}`, 400, "1000 hours"},
		{"GET", "/faults/7", ``, 404, "no such fault"},
		{"GET", "/faults/x", ``, 404, "no such fault"},
		{"GET", "/log?since=x", ``, 400, "since"},
		{"GET", "/log?wait=2h", ``, 400, "wait"},
	} {
		answer := request(t, faults, wrong.status, wrong.method, wrong.path, wrong.body)
		if said, _ := answer["error"].(string); !strings.Contains(said, wrong.says) {
			t.Errorf("%s %s: %v does not say %q", wrong.method, wrong.path, answer, wrong.says)
		}
	}
}

func TestOnlyProgramsOnThisMachineAreAnswered(t *testing.T) {
	srv, faults := start(t)
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "nonsense"} {
		if s, err := faulthttp.Start(addr, srv); err == nil {
			t.Errorf("it listens on %q", addr)
			_ = s.Close()
		}
	}
	for name, spoil := range map[string]func(*http.Request){
		"origin": func(r *http.Request) { r.Header.Set("Origin", "http://example.com") },
		"host":   func(r *http.Request) { r.Host = "example.com:80" },
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+faults.Addr()+"/drop", nil)
		if err != nil {
			t.Fatal(err)
		}
		spoil(r)
		if answer := do(t, 403, r); answer["error"] == "" {
			t.Errorf("%s: %v", name, answer)
		}
	}
}

func TestCloseEndsCallsThatWait(t *testing.T) {
	srv := zkserver.ForTest(t, zkserver.Config{})
	faults, err := faulthttp.Start("127.0.0.1:0", srv)
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if resp, err := web.Get("http://" + faults.Addr() + "/log?kind=closed&wait=1m"); err == nil {
			_ = resp.Body.Close()
		}
	}()
	// A call that has been answered shows that calls are taken.
	request(t, faults, 200, "GET", "/sessions", "")
	for range 2 {
		if err := faults.Close(); err != nil {
			t.Error(err)
		}
	}
	<-over
}

package faulthttp

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// answer makes a handler of a call: what it takes is the body, what it returns the answer, both in JSON. No body is as good as {}.
func answer[Q, A any](call func(*http.Request, Q) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q Q
		in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		in.DisallowUnknownFields()
		if err := in.Decode(&q); err != nil && err != io.EOF {
			fail(w, err)
			return
		}
		a, err := call(r, q)
		if err != nil {
			fail(w, err)
			return
		}
		write(w, http.StatusOK, a)
	})
}

type failure struct {
	Error string `json:"error"`
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	switch tooBig := (*http.MaxBytesError)(nil); {
	case errors.Is(err, errNoFault):
		status = http.StatusNotFound
	case errors.Is(err, zkserver.ErrClosed):
		status = http.StatusServiceUnavailable
	case errors.As(err, &tooBig):
		status = http.StatusRequestEntityTooLarge
	}
	write(w, status, failure{err.Error()})
}

func write(w http.ResponseWriter, status int, a any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Who does not read the answer has hung up.
	_ = json.NewEncoder(w).Encode(a)
}

// guarded turns away what does not come from a program on this machine for this server: a browser's page from elsewhere, which names its
// origin, or has had its own name lead here.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !peer.Addr().Unmap().IsLoopback() ||
			!isLocal(r.Host) || r.Header.Get("Origin") != "" {
			write(w, http.StatusForbidden, failure{"only programs on this machine are answered"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocal(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && addr.IsLoopback()
}

func help(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, helpText)
}

const helpText = `Faults of an embedded ZooKeeper server, for tests. Bodies and answers are JSON; docs/testserver.md tells more.

POST   /faults    {"op": "create", "path": "/a*", "session": "0x1", "skip": 0, "times": 1 | "always",
                   "do": "lose-request" | "lose-reply" | "fail", "code": -101, "delay": "1s" | "until-removed", "delay_reply": ...}
GET    /faults    those that may still happen
GET    /faults/N  ?wait=10s: how often number N has happened; with wait, once it has
DELETE /faults/N  and what it delays goes on; without N all
POST   /cut, /heal, /drop, /reset  {"session": "0x1"} or {"peer": "127.0.0.1:1"} or {} for all
POST   /expire    {"session": "0x1"} or {} for all
POST   /move      {"session": "0x1"}
POST   /refuse    {"on": true} or {"for": "2s"}
POST   /stop      {}, until restarted
POST   /restart   {"keep": true}
POST   /advance   {"by": "10s"}
GET    /sessions
GET    /log       ?since=N&kind=request&op=create&path=/a&session=0x1&wait=10s
`

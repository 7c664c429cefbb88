package faulthttp

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// FuzzCalls sends any body to any call. Whatever it is, the answer is JSON, and the server can be closed.
func FuzzCalls(f *testing.F) {
	paths := []string{"/faults", "/cut", "/heal", "/drop", "/reset", "/expire", "/move", "/refuse", "/restart", "/advance", "/stop"}
	for i, body := range []string{
		`{"op": "create", "path": "/a*", "session": "0x1", "skip": 1, "times": "always", "do": "fail", "code": -101, "delay": "1s"}`,
		`{"session": 1}`, `{"peer": "127.0.0.1:1"}`, `{}`, `{"session": "-0x8000000000000000"}`, `{"session": null}`, `{"session": "0x1"}`,
		`{"for": 1e-9}`, `{"keep": false}`, `{"by": "1h"}`, `{}`,
	} {
		f.Add(byte(i), body)
	}
	f.Fuzz(func(t *testing.T, call byte, body string) {
		srv, err := zkserver.New(zkserver.Config{Zxid: 1})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "http://127.0.0.1"+paths[int(call)%len(paths)], strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler(srv).ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("status %d: %q", w.Code, w.Body)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
}

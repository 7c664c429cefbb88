// Package faulthttp lets tests in any language make happen to a zkserver.Server what tests in Go make happen by calling it: small JSON
// calls over HTTP. docs/testserver.md has them all.
//
//	faults, err := faulthttp.Start("127.0.0.1:0", srv)
//	if err != nil { ... }
//	defer faults.Close()
//	// curl -d '{"op": "create", "do": "lose-reply"}' http://ADDR/faults
//
// It answers nobody but this machine: it listens on the loopback interface alone, and turns away what a browser sends for a page from
// elsewhere. Bodies, waiting and connections are bounded.
package faulthttp

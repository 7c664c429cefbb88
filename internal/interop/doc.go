// Package interop holds the tests that clients of other languages, unmodified, find in package zkserver what they find in a real
// ZooKeeper: kazoo, Apache Curator, the shell zkCli, and go-zookeeper's own suite.
//
//	go test ./internal/interop
//
// Each program under testdata runs against both servers, side by side, and has to see the same. It consists of claims: what each
// must see at least it checks by itself, on either server, and what it notes besides is compared. Between the clients and each
// server is a link that fails when the program asks for it. docs/interop.md says what is covered, and how to add a claim.
package interop

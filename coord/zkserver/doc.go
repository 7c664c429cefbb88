// Package zkserver is a server that speaks ZooKeeper's client protocol over TCP, in front of the tree of package ztree: for
// development, demonstrations and tests, on a machine that has no ZooKeeper. Unmodified clients (go-zookeeper, kazoo, zkCli)
// cannot tell it from a standalone ZooKeeper 3.8 in what it offers.
//
//	srv, err := zkserver.Start(zkserver.Config{})
//	if err != nil { ... }
//	defer srv.Close()
//	conn, _, err := zk.Connect([]string{srv.Addr()}, 10*time.Second)
//
// In a test it is one line: srv := zkserver.ForTest(t, zkserver.Config{}).
//
// # Faults
//
// Inject makes something happen to single requests: they are lost before or after their effect, answered with an error, or delayed.
// ExpireSession, Cut and Heal, Drop and Reset, Refuse, Stop, Restart and MoveSession happen to sessions, connections and the server.
// Advance moves the clock. Log tells what has happened. docs/testserver.md shows how they are used; package faulthttp offers them to other languages.
//
// # What it promises
//
//   - Replies and watch events of one connection leave in the order of what caused them: an event before any reply that shows
//     the state after it.
//   - Sessions live as on a real server: they outlast their connection, are taken up again with id and password, and expire
//     between one timeout and one timeout and a tick after their last packet.
//   - Bad bytes end the connection they came on, and nothing else.
//   - A peer that does not read what it is sent costs a bounded amount of memory, and then its connection. Connections, sessions, watches
//     and the tree are bounded too: see Config.
//   - Close waits for no peer.
//   - A server started anew, empty, has a greater zxid than any client can have seen of the one before, unless the machine's clock
//     was set back: such clients find their session expired and go on.
//
// # What it does not
//
// It is one process, keeps everything in memory, and forgets it at Close. There is no encryption. It is no service for production:
// that is what a ZooKeeper ensemble is for. There is one server, as in a standalone ZooKeeper: reconfiguration is refused as disabled, and
// SASL gets the answer of a server that has none configured.
//
// What a real 3.8.0 does to itself is left out: a createTTL of an ordinary mode, which stops it, is refused as bad arguments; a check
// outside of a transaction, which it never answers, is answered; figures of a quota that cannot be read, which stop it too, count as none.
package zkserver

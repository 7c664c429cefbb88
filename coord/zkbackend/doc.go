// Package zkbackend keeps the contract of package coord on a ZooKeeper service, through the client github.com/go-zookeeper/zk:
//
//	servers, chroot, err := zkbackend.ParseAddr("zk1:2181,zk2:2181,zk3:2181/production")
//	...
//	backend, err := zkbackend.New(zkbackend.Config{Servers: servers, Chroot: chroot})
//	...
//	session, err := backend.Open(ctx)
//	...
//	defer session.Close(ctx)
//
// # What it promises, beyond package coord
//
//   - AliveUntil follows package lease: from what was on the wire and when, with the timeouts that the servers really granted.
//   - A mute server, a half handshake or a port that speaks something else costs a sixth of the session timeout at most, a second
//     if that is less; a healthy server in the list is reached while the session lives. The first attempt after a connection was
//     lost is made at once, and pauses between rounds over all servers are short, growing and of chance.
//   - An expired session never asks a server for anything again.
//   - Nothing runs after Close has returned. Close ends the session at the service, on another connection if need be.
//   - Watches that nobody waits for any more cost one entry for each node and kind, until they fire.
//
// # What it does not
//
// There are no credentials yet. TLS is possible by way of Config.Dial. Errors that the contract has no word for, such as a quota that
// is used up, are reported as connection loss with the service's words: the outcome is left open, though the call has failed.
//
// # How
//
// go-zookeeper connects, re-attaches, pings, encodes and decodes. What it keeps to itself or gets wrong is done below it, in the
// connection that its dialer returns ([net.Conn], here the type link), which sees and may hold back every frame.
//
//   - The handshake is bounded there, and there the watches are armed anew before go-zookeeper or anybody else may send. By
//     itself go-zookeeper sends its left-over requests first, if it so happens, and then asks for changes since their answers.
//   - Watches are set by a bit in the request and kept in a table of the session. Events are delivered as they are read, before
//     the next frame is: so before any answer or state that shows what came after.
//   - A session that is not known any more is found out there, and go-zookeeper does not hear of it, as it would open another.
//   - Calls go to go-zookeeper one at a time, each when the one before is on the wire, so that a call whose caller has left cannot
//     be overtaken. Answers are not waited for: any number of calls may be under way.
//   - At the end go-zookeeper is connected to a server made of a pipe, which lets it close without delay.
package zkbackend

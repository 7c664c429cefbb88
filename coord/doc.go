// Package coord is the contract between an election and the coordination service beneath it: a [Backend] opens [Session]s,
// and a session reads, writes and watches a tree of small nodes. The words are ZooKeeper's.
//
// # What a backend promises
//
//   - A Session is one session of the service and never silently becomes another. Once it has expired it is over; whoever
//     wants to go on opens another.
//   - A call takes effect before any call of the same session that was made after it had returned, however it returned.
//   - A session reads its own writes. A read may otherwise be stale: [Session.Sync] brings it up to what the server's leader
//     knows, and only a successful write shows that this leader was the true one.
//   - A watch is over before any call returns that shows what came after its event, and before [Session.State] tells of a state
//     that came after it.
//     A read made after it was over shows what it told of.
//   - A watch is returned only where one was asked for and is armed.
//   - Every error is an [*Error] that names operation and path, and matches one of the sentinels of this package or, where nothing
//     was sent for that reason, the error of the call's context. Only [ErrConnectionLoss] leaves open whether the call took effect;
//     one that was refused while Suspended did not.
//   - Every call ends when its context does. Once it has returned, however it did, the slices it was given are the caller's again.
//   - The operations of a transaction take effect at once and share one zxid.
//
// # What it does not promise
//
// A transaction may be refused for its size, or for having no operations. Concurrent calls of one session have no order among themselves. A reader of states or of watches may be late, and then finds
// the last state only. A session that is alive by [Session.AliveUntil] may still be closed on purpose, by its owner or by an
// administrator.
//
// Package coordtest holds the suite that every backend must pass.
package coord

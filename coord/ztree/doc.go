// Package ztree is the data model of ZooKeeper 3.8 as plain values: a [Tree] is what an ensemble replicates (nodes, sessions, the
// last zxid), a [Watches] is what one server keeps for its connections, and a [Tracker] is what the leader knows of who is alive.
// Nothing here reads a clock, locks, logs or draws a number: time comes in as an argument, and the same calls give the same state,
// byte for byte, on any machine.
//
// What it promises: error for error and field for field what a ZooKeeper server answers, as far as the package goes; a write that
// is refused changes nothing but the zxid; equal states have equal encodings ([Tree.AppendTo]), whatever their history.
//
// What it does not: it is not safe for concurrent use, and it does not keep anything on disk.
//
//	t := ztree.New(ztree.Options{System: true})
//	x := ztree.Txn{Now: 1_700_000_000_000, Session: 7}
//	t.OpenSession(&x, 7, 4000)
//	path, _, err := t.Create(&x, "/a-", nil, coord.EphemeralSequential, nil)
//	events = watches.Trigger(events, x.Changes...)
//
// Errors are the sentinels of package coord as they are, without operation or path: callers know these, and compare many.
package ztree

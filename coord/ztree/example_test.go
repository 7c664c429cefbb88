package ztree_test

import (
	"fmt"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// A session's end, and what a connection that watches hears of it.
func Example() {
	tree := ztree.New(ztree.Options{})
	var watches ztree.Watches
	x := ztree.Txn{Now: 1_700_000_000_000, Session: 7}
	tree.OpenSession(&x, 7, 4000)
	path, stat, err := tree.Create(&x, "/a-", nil, coord.EphemeralSequential, nil)
	fmt.Println(path, stat.EphemeralOwner, err)

	const connection = 1
	watches.Arm(connection, path, ztree.DataWatch)
	err = tree.CloseSession(&x, 7)
	for _, n := range watches.Trigger(nil, x.Changes...) {
		fmt.Println(n.To, n.Event.Type, n.Event.Path, err)
	}
	// Output:
	// /a-0000000000 0x7 <nil>
	// 1 deleted /a-0000000000 <nil>
}

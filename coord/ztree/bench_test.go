package ztree_test

import (
	"fmt"
	"hash/maphash"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

// election is a tree as an election of n candidates makes it.
func election(n int) (*ztree.Tree, *ztree.Txn) {
	tree, x := ztree.New(ztree.Options{}), &ztree.Txn{Now: 1000}
	_, _, _ = tree.Create(x, "/election", []byte(`{"term":7,"holder":"a-0000000000"}`), coord.Persistent, nil)
	for i := range n {
		id := coord.SessionID(i + 1)
		tree.OpenSession(x, id, 4000)
		x.Session = id
		_, _, _ = tree.Create(x, "/election/a-", []byte("payload"), coord.EphemeralSequential, nil)
	}
	x.Session = 0
	return tree, x
}

func sizes(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{5, 100, 10_000} {
		b.Run(fmt.Sprintf("candidates=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			run(b, n)
		})
	}
}

func BenchmarkClaim(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		tree, x := election(n)
		register := []byte(`{"term":8,"holder":"a-0000000001"}`)
		ops := []coord.Op{coord.CheckOp("/election/a-0000000001", coord.AnyVersion), coord.SetOp("/election", register, coord.AnyVersion)}
		for b.Loop() {
			if _, _, err := tree.Multi(x, ops); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCreateAndDelete(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		tree, x := election(n)
		x.Session = 1
		for b.Loop() {
			path, _, err := tree.Create(x, "/election/a-", nil, coord.EphemeralSequential, nil)
			if err == nil {
				err = tree.Delete(x, path, -1)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		tree, _ := election(n)
		for b.Loop() {
			if _, _, err := tree.Get("/election/a-0000000003", nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCloneInto(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		tree, _ := election(n)
		var dst ztree.Tree
		for b.Loop() {
			tree.CloneInto(&dst)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		tree, _ := election(n)
		seed := maphash.MakeSeed()
		var buf []byte
		var sum uint64
		for b.Loop() {
			buf = tree.AppendTo(buf[:0])
			sum ^= maphash.Bytes(seed, buf)
		}
	})
}

func BenchmarkArmAndTrigger(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		var w ztree.Watches
		for i := range n {
			w.Arm(ztree.Watcher(i), fmt.Sprintf("/election/a-%010d", i), ztree.DataWatch)
		}
		var notices []ztree.Notice
		change := ztree.Change{Type: coord.DataChanged, Path: "/election/a-0000000003"}
		for b.Loop() {
			w.Arm(3, change.Path, ztree.DataWatch)
			notices = w.Trigger(notices[:0], change)
		}
		_ = notices
	})
}

func BenchmarkTouch(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		k := ztree.NewTracker(2000)
		for i := range n {
			k.Add(coord.SessionID(i), 10_000, 0)
		}
		now := int64(0)
		for b.Loop() {
			now++
			k.Touch(3, now)
		}
	})
}

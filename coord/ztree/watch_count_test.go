package ztree_test

import (
	"fmt"
	"testing"

	"github.com/hamaster/hamaster/coord/ztree"
)

func TestWatchesAreCountedAndListedHoweverManyThereAre(t *testing.T) {
	for _, n := range []int{3, 100} {
		var w ztree.Watches
		for i := range n {
			w.Arm(1, fmt.Sprintf("/%03d", i), ztree.DataWatch|ztree.ChildWatch)
			w.Arm(2, "/000", ztree.ChildWatch)
		}
		if one, two, none := w.Count(1), w.Count(2), w.Count(3); one != n || two != 1 || none != 0 {
			t.Errorf("of %d: counts %d, %d and %d", n, one, two, none)
		}
		var listed, last = 0, ""
		w.All(func(to ztree.Watcher, path string, _ ztree.Kind) bool {
			if path < last {
				t.Errorf("%s comes after %s", path, last)
			}
			listed, last = listed+int(to), path
			return true
		})
		if listed != n+2 {
			t.Errorf("%d: the watchers add up to %d", n, listed)
		}
	}
}

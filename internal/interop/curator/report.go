package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// report writes how many tests ended how on each server, and those that failed on one, or ended differently. The error says that some pass
// on the real one and not on ours.
func report(w io.Writer, sides []string, all []results) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\tpassed\tpassed when run again\tfailed\tskipped\n")
	tests := make(map[string]bool)
	for i, side := range sides {
		n := make(map[outcome]int)
		for test, o := range all[i] {
			tests[test] = true
			n[o]++
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", side, n[passed], n[atLast], n[failed], n[skipped])
	}
	worse := 0
	for _, test := range slices.Sorted(maps.Keys(tests)) {
		first, last := all[0][test], all[len(all)-1][test]
		if first != last || first == failed || first == atLast {
			fmt.Fprintf(table, "%s\t%s: %s\t%s: %s\n", test, sides[0], first, sides[len(sides)-1], last)
		}
		if first.good() && !last.good() {
			worse++
		}
	}
	err := table.Flush()
	if worse > 0 {
		err = errors.Join(err, fmt.Errorf("%d tests pass on the real server alone", worse))
	}
	return err
}

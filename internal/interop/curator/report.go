package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// report writes how many tests ended how, and those that did not pass everywhere. The error says that some only failed on ours.
func report(w io.Writer, sides []string, all []results) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\tpassed\tfailed\tskipped\n")
	tests := make(map[string]bool)
	for i, side := range sides {
		n := make(map[outcome]int)
		for test, o := range all[i] {
			tests[test] = true
			n[o]++
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", side, n[passed], n[failed], n[skipped])
	}
	fmt.Fprintln(table)
	worse := 0
	for _, test := range slices.Sorted(maps.Keys(tests)) {
		line, notable := test, false
		for i, side := range sides {
			o := all[i][test]
			line += fmt.Sprintf("\t%s: %s", side, o)
			notable = notable || o == failed || o != all[0][test]
		}
		if notable {
			fmt.Fprintln(table, line)
		}
		if last := len(sides) - 1; sides[last] == ours && all[last][test] != passed && (last == 0 || all[0][test] == passed) {
			worse++
		}
	}
	err := table.Flush()
	if worse > 0 && len(sides) > 1 {
		err = errors.Join(err, fmt.Errorf("%d tests pass on the real server only", worse))
	}
	return err
}

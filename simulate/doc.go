// Package simulate runs elections in a simulated world: the production cores (ha/election, coord/ztree, coord/lease) among
// networks that fail, servers that lag and fall out, clocks that drift and processes that stop and go, in virtual time and on one
// goroutine. A [Checker] holds what happens against the promises of docs/correctness.md.
//
// What it promises: every point at which something else might happen asks one [Chooser], so the same choices give the same
// history, byte for byte, on any machine. A failure is therefore a [Schedule]: it can be made smaller ([Shrink]), kept, and played
// again.
//
// What it does not: goroutines, sockets and encodings are not in this world. Package proptest runs those. Nor does it prove
// anything; it looks at as many histories as there is time for.
//
//	r := simulate.Run(simulate.Options{Seed: 1})
//	if r.Violation != nil {
//		fmt.Print(simulate.Shrink(r, 1000).Report())
//	}
package simulate

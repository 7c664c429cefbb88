// Package measure holds benchmarks of whole elections on a real ZooKeeper server, with a tick of 200 ms and session timeouts of
// 2 s. They say how long a hand-over and a fail-over take, and for how long there is no master, or are two, when something breaks:
//
//	go test ./internal/measure -run '^$' -bench . -benchtime 10x
//
// The figures are medians; ns/op says nothing here. docs/figures.md holds what they were.
package measure

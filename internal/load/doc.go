// Command load compares the embedded server of package zkserver with a real standalone ZooKeeper: how soon it answers, what memory it
// holds, and how many requests it answers in what time.
//
//	go run ./internal/load
//
// Both run as processes of their own on this machine, and take turns: every figure is measured on the one and then on the other, a few
// times over, so that what else the machine does strikes both. While they work, the client that asks keeps off their processors. The
// output is Markdown; docs/zkserver-figures.md holds what it was, and says how it is measured. It needs Linux, Java and Debian's package
// zookeeper.
package main

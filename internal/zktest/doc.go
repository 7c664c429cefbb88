// Package zktest runs real ZooKeeper servers on loopback, one or an ensemble, with everything that a test does to a service: stop,
// kill, freeze and restart a server, and put a faulty link ([Proxy]) before it. Each server has a data directory of its own, free
// ports and a short tick, and is gone when its [Ensemble] is closed. What it logged last is printed with a test that fails.
//
// It needs Java and Debian's package zookeeper (3.8.0): the jars under /usr/share/java. A test says [Need] first, and is skipped
// where they are missing. There is no promise of speed: starting a server takes a Java process about a second.
//
//	func TestSomething(t *testing.T) {
//		zk := zktest.Start(t, zktest.Config{Servers: 3})
//		connectTo(zk.Addrs())
//		zk.Leader(ctx).Kill()
//	}
package zktest

// Package membackend is a coordination service inside the process: the contract of package coord over one [ztree.Tree], with a link
// between each client and the service that a test can disturb. A [Service] stands for the ensemble; [Service.Client] gives a
// [coord.Backend] with a link of its own.
//
// What it promises: every sentence of package coord; what a ZooKeeper server answers, it answers; all time comes from the configured
// clock, so that with clock.Manual nothing happens by itself, and inside a testing/synctest bubble hours pass in milliseconds. Without
// latency a call is over, with all its consequences for other sessions, when it returns.
//
// What it does not: it has no followers, so nothing is ever stale and every successful call, reads too, proves that the session lives.
// Nothing is kept when the process ends. Clients of one service share a lock: it is for tests and demonstrations.
//
//	service, err := membackend.New(membackend.Config{SessionTimeout: 2 * time.Second})
//	...
//	defer service.Close()
//	link := service.Client("a")
//	session, err := link.Open(ctx)
//	link.Cut(membackend.Both) // in two thirds of the timeout the session is suspended
package membackend

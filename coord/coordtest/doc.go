// Package coordtest holds the conformance suite that every [coord.Backend] must pass: the sentences of package coord, one check
// each. [Run] runs it as subtests:
//
//	func TestKeepsTheContract(t *testing.T) {
//		coordtest.Run(t, coordtest.Harness{
//			New: func(t testing.TB) coordtest.Service {
//				service := startMine(t)
//				return coordtest.Service{NewClient: func(t testing.TB) coordtest.Client {
//					link := service.Link(t)
//					return coordtest.Client{Backend: link.Backend(), Cut: link.Cut, Heal: link.Heal}
//				}}
//			},
//			Lacks: []coordtest.Capability{coordtest.Resets, coordtest.LostRequests, coordtest.LostReplies},
//		})
//	}
//
// It suits a fake in memory, in virtual time or real, as well as an ensemble of servers behind proxies. Faults are optional, but
// a harness says which ones it lacks, and Run tells what therefore was not checked.
//
// The suite cannot show that a backend is right about time on all hardware, nor that it survives faults the harness cannot
// cause; it waits for what must happen with generous bounds and never measures how fast it does.
package coordtest

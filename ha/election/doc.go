// Package election is the algorithm: how one candidate gets, keeps and gives up the mastership of an election. It is a value,
// [Machine], that is told what happened ([Event]) and answers with what is to be done ([Effect]). It has no goroutine, no clock,
// no I/O and no randomness of its own, so the same events give the same effects everywhere: in production, in the simulator and
// in the transcripts under testdata.
//
// # How it works
//
// Under the election path stands one ephemeral sequential node for each candidate. The path's own data, the [Register], says who
// holds the present term. Whoever is first by the [Policy] claims a vacant place with one transaction: my node exists, and the
// register is still the one I read. The transaction's zxid is the term's fencing token. While leading, a transaction of two checks
// renews the proof that node and register still stand, and with it the lease.
//
// Every candidate watches its own node. A standby watches the node before it as well, and not the register: should that name a candidate that
// has not claimed, the first in rank writes that candidate's own data back to its node, which makes it look.
//
// # What the caller owes
//
// Every call that a Machine asks for is answered by exactly one Reply, unless its session has ended, and a watch fires after the
// Reply to the call that armed it. Step is called with instants that never go back, and again at [Machine.Deadline].
package election

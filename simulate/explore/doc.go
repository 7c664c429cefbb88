// Package explore walks every interleaving of a small world: a few candidates that run [election.Machine] against one service, a
// [ztree.Tree], with messages carried, lost and delayed in every order, and a bounded number of faults at every place where they
// could happen. A walk that ends says that within its bound no promise of docs/correctness.md can be broken.
//
// What happens: requests are served, and answers and watch events taken in, in any order between sessions; for each session in order,
// but that answers and watch events of different calls may reach the Machine out of order. Deadlines come. A connection is lost with
// any part of what was on its way, and requests that were under way take effect late, until the session's next write does. Sessions
// expire. Processes stand still, for an action that is possible need not be taken, die and start anew. Roles come back by
// themselves, take their time to stop, and send fenced transactions at any time while they run. Masters resign and candidates leave.
// A server falls behind, and with it what one session reads and hears. An administrator deletes nodes or the whole path.
//
// # Time
//
// Time is abstract. Each process has a clock of its own, which an action moves by one unit; no two clocks are related. A write that
// succeeds proves that its session lives for two units from the unit in which it was sent: one in which it is renewed, one in which
// the lease ends, half a unit before the proof does. The service may end a session at any time, without regard to any clock, once its
// own process's clock has passed all that was proved to it or that is on its way to it, and never before.
//
// That covers every drift and every pause that the lease rule allows. Of a real history keep the order of all steps; let a process's
// clock move just before the steps in which its Machine finds that a deadline has come. All that a Machine ever does with instants is
// to compare them with deadlines of its own, and all that the promises say about time is that the service ends a session only after
// the instant which its process was told: so the kept history is one of this world, in which nothing else is known about time. Where
// units are too coarse to tell two deadlines apart (a lease that ends just before, or with, what proves it), the later steps are
// free to come at any time after both, and the walk goes through every such place. What is left out: renewals closer together than a
// unit, which prove nothing new.
//
// Expiry costs a fault unless the connection is down or the process was slow before; that a clock moves past the lease's end while
// the connection stands costs one too, for it takes a pause. Everything else about time is free.
//
// # States
//
// A state is told by numbers of its parts, each kept once; parts that are equal up to the numbers of calls and the origin of a clock
// are one, see [election.Machine.AppendTo]. Zxids are shown so that they do not tell what happened elsewhere. So states are compared
// exactly, not by a hash that could collide, and almost every step is a look-up. What is not normalised: sequence numbers, versions
// and session ids, which only a fault makes grow. A test walks the same way through a world in which nothing is taken for anything
// else, and compares.
//
// Once an administrator has deleted the path names start over, so what was sent before may hit a namesake: the node of another process, or of
// an earlier life, with the same id and by chance the same sequence number. A claim, release or deletion that does is not held against S4, and
// the terms claimed until then are excused from S1; nor is a fenced transaction held against S5 that was sent before its process could know.
//
// # Promises
//
// At every state: S1, S2, S4, S5, S6, at each claim L2 under policies that never displace, and that the Machine never panics or gives
// up. S3 follows from S2 and the store's rule, for a token is the claim's place in the order of claims. From every state the fair way
// forward, without further faults, ends in one where the right candidate leads and every other watches: L1, L2 and L3.
package explore

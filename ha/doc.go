// Package ha runs a role on exactly one of several processes: the master. When it leaves, dies, hangs or is cut off, another
// takes over.
//
//	err := ha.Run(ctx, backend, ha.Config{Path: "/shop/master", ID: hostname}, func(ctx context.Context, term *ha.Term) error {
//		for term.Valid() {
//			if err := doSomeWork(ctx, term.Token()); err != nil {
//				return err
//			}
//		}
//		return nil
//	})
//
// # What it promises
//
// At most one process of an election is between "role started" and "role returned, or lease over", under crashes, pauses, cuts
// and lost messages, as long as clocks run at the same rate within the backend's drift bound. Tokens grow from term to term. A
// transaction made through [Term.Multi] commits only while its term stands.
//
// # What it does not promise
//
// It cannot stop a goroutine. A role that does not end within the stop grace of its context's end is reported, loudly, and may
// then run beside another master's; a process that was paused must ask [Term.Valid] before it acts. Only the token, compared by
// whatever the role writes to, or Term.Multi, makes such a late write harmless.
package ha

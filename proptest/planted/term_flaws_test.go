package planted

// Flaws of a term and its role: of who is told what when, and of what still gets through.

var termFlaws = []flaw{
	{
		name:  "the role's context is not cancelled",
		edits: []edit{{"ha/term.go", "	t.cancel(&EndedError{Token: t.term.Token, Reason: reason})\n", ""}},
		hunt:  hunt{"ha", "TestARoleIsToldWhateverEndsItsTermAndTheGateIsClosed"},
		says:  "the role was not told that its term is over",
	},
	{
		name:  "the role's context is cancelled late",
		edits: []edit{{"ha/term.go", "	t.cancel(&EndedError{Token: t.term.Token, Reason: reason})\n", "	time.AfterFunc(2*t.grace, func() { t.cancel(&EndedError{Token: t.term.Token, Reason: reason}) })\n"}},
		hunt:  cutOff,
		says:  "two masters: a until .*, b from",
	},
	{
		name:  "the role is started late",
		edits: []edit{{"ha/perform.go", "		err = l.role(term.ctx, term)\n", "		time.Sleep(term.grace + l.cfg.grace(0))\n		err = l.role(term.ctx, term)\n"}},
		hunt:  storm,
		says:  "S1|overran",
	},
	{
		name: "the role is started twice",
		edits: []edit{
			{"ha/perform.go", "	l.workers.Go(func() {\n		err := errGoexit\n", "	l.workers.Go(func() { _ = l.role(term.ctx, term) })\n	l.workers.Go(func() {\n		err := errGoexit\n"},
		},
		hunt: storm,
		says: "S1: p",
	},
	{
		name: "a role is taken for returned once it was told to stop",
		edits: []edit{
			{"ha/perform.go", "	l.workers.Go(func() {\n		err := errGoexit\n		defer func() { l.post(message{event: election.Event{Kind: election.RoleReturned, Err: err}}) }()\n		defer term.conclude()\n		err = l.role(term.ctx, term)\n	})\n",
				"	l.workers.Go(func() {\n		_ = l.role(term.ctx, term)\n		term.conclude()\n	})\n	l.workers.Go(func() {\n		<-term.ctx.Done()\n		l.post(message{event: election.Event{Kind: election.RoleReturned}})\n	})\n"},
		},
		hunt: storm,
		says: "S1 is broken",
	},
	{
		name:  "leaving does not wait for the role",
		edits: []edit{{"ha/loop.go", "			l.step(election.Event{Kind: election.Leave})\n", "			l.over = &election.Effect{Kind: election.Finished, Clean: true}\n			if l.term != nil {\n				l.term.end(election.Leaving)\n			}\n"}},
		hunt:  hunt{"ha", "TestARoleMayTakeItsGraceToStop"},
		says:  "two masters: a until .*, b from",
	},
	{
		name:  "the gate is not closed",
		edits: []edit{{"ha/term.go", "	t.closed = true\n", ""}},
		hunt:  hunt{"ha", "TestARoleIsToldWhateverEndsItsTermAndTheGateIsClosed"},
		says:  "the term is over, and valid",
	},
	{
		// It takes two processors to be caught at that.
		name: "the gate is closed only after the role is told",
		edits: []edit{
			{"ha/term.go", "	t.mu.Lock()\n	t.closed = true\n	t.mu.Unlock()\n", ""},
			{"ha/term.go", "	t.cancel(&EndedError{Token: t.term.Token, Reason: reason})\n", "	t.cancel(&EndedError{Token: t.term.Token, Reason: reason})\n	t.mu.Lock()\n	t.closed = true\n	t.mu.Unlock()\n"},
		},
		hunt: hunt{"ha", "TestTheGateIsClosedBeforeTheRoleIsTold"},
		says: "S5: the role was told of its term's end, and then began a transaction",
	},
	{
		name:  "the gate is left open behind a role that goes by itself",
		edits: []edit{{"ha/term.go", "	t.end(election.RoleEnded)\n", ""}},
		hunt:  hunt{"ha", "TestARoleThatGoesByItselfLeavesNoTransactionUnderWay"},
		says:  "a role that has returned is held up by its transaction",
	},
	{
		name:  "stray transactions of a term are not awaited",
		edits: []edit{{"ha/term.go", "	t.writing.Wait()\n", ""}},
		hunt:  hunt{"ha", "TestAStrayTransactionOfATermIsNotMadeInTheNext"},
		says:  "S5: a transaction of the first term was made",
	},
	{
		name:  "transactions under way are not given up with their term",
		edits: []edit{{"ha/term.go", "	defer context.AfterFunc(t.ctx, cancel)()\n", ""}},
		hunt:  hunt{"ha", "TestARoleThatGoesByItselfLeavesNoTransactionUnderWay"},
		says:  "a role that has returned is held up by its transaction",
	},
	{
		name:  "a fenced transaction does not check the register's version",
		edits: []edit{{"ha/term.go", "		coord.CheckOp(t.path, t.term.Version),\n", "		coord.CheckOp(t.path, coord.AnyVersion),\n"}},
		hunt:  hunt{"ha", "TestTheServiceRefusesAFencedTransactionOnceTheRegisterHasMovedOn"},
		says:  "S5: a transaction of a deposed term",
	},
	{
		name:  "a fenced transaction does not check the master's node",
		edits: []edit{{"ha/term.go", "		coord.CheckOp(t.Node(), coord.AnyVersion),\n", "		coord.CheckOp(t.path, coord.AnyVersion),\n"}},
		hunt:  hunt{"ha", "TestTheServiceRefusesAFencedTransactionOfAnOldTerm"},
		says:  "the write of an old term took effect",
	},
	{
		name:  "a term counts on its lease without the grace",
		edits: []edit{{"ha/term.go", "AliveUntil().Add(-t.grace).Sub", "AliveUntil().Sub"}},
		hunt:  storm,
		says:  "its lease stands for .* longer than its session surely lives, less the grace",
	},
	{
		name:  "a term that is over still counts on its lease",
		edits: []edit{{"ha/term.go", "	if closed {\n		return 0\n	}\n", "	_ = closed\n"}},
		hunt:  hunt{"ha", "TestARoleIsToldWhateverEndsItsTermAndTheGateIsClosed"},
		says:  "the term is over, and valid: true",
	},
	{
		name:  "a fenced transaction of unknown outcome is said not to be made",
		edits: []edit{{"ha/term.go", "	for _, over := range []error{coord.ErrNoNode,", "	for _, over := range []error{coord.ErrConnectionLoss, coord.ErrNoNode,"}},
		hunt:  hunt{"ha", "TestAFencedTransactionKeptBackByTheEndOfItsTermSaysSo"},
		says:  "connection lost, outcome unknown became .* not master any more",
	},
	{
		name: "a term reads its lease once",
		edits: []edit{
			{"ha/term.go", "	return t.session.AliveUntil()", "	t.mu.Lock()\n	defer t.mu.Unlock()\n	if t.alive == 0 {\n		t.alive = t.session.AliveUntil()\n	}\n	return t.alive"},
			{"ha/term.go", "	closed  bool ", "	alive coord.Instant\n	closed  bool "},
		},
		hunt: hunt{"ha", "TestALeaseIsRenewedForAsLongAsTheTermStands"},
		says: "are left of an undisturbed term's lease",
	},
	{
		name:  "the configured grace does not reach the algorithm",
		edits: []edit{{"ha/config.go", "		Grace: c.StopGrace, ", "		"}},
		hunt:  hunt{"ha", "TestARoleMayTakeItsGraceToStop"},
		says:  "two masters: a until .*, b from|overran, though it stopped within the grace",
	},
	{
		name:  "OnSuspend does not reach the algorithm",
		edits: []edit{{"ha/config.go", ", OnSuspend: c.OnSuspend,", ","}},
		hunt:  hunt{"ha", "TestStopAtOnceStopsWhenTheConnectionIsLost"},
		says:  "1 terms, want a second after the reset",
	},
	{
		name:  "a role that ends its goroutine is taken for one that returned",
		edits: []edit{{"ha/perform.go", "		err := errGoexit\n", "		err := error(nil)\n"}},
		hunt:  hunt{"ha", "TestARoleThatEndsItsGoroutineHasReturned"},
		says:  "want it to have failed with",
	},
	{
		name:  "a role that hangs is not spoken of",
		edits: []edit{{"ha/perform.go", "		l.announce(late)\n", "		_ = late\n"}},
		hunt:  hunt{"ha", "TestARoleThatHangsWhenToldToStopIsSpokenOf"},
		says:  "want the role to be called late",
	},
	{
		name:  "the loop waits for the overrun hook",
		edits: []edit{{"ha/perform.go", "		l.workers.Go(func() { hook(e) })\n", "		hook(e)\n"}},
		hunt:  hunt{"ha", "TestAnOverrunHookThatBlocksStallsNothing"},
		says:  "1 terms while the hook is being called",
	},
}

package planted

// Flaws of the loop: of what the machine is told, of its clock, and of sessions.

var loopFlaws = []flaw{
	{
		name:  "AliveUntil is invented",
		edits: []edit{{"ha/loop.go", "ev.Alive = l.session.AliveUntil()", "ev.Alive = clock.Now().Add(l.session.Timeout())"}},
		hunt:  cutOff,
		says:  "two masters: a until .*, b from",
	},
	{
		name:  "AliveUntil is read only when a session is opened",
		edits: []edit{{"ha/loop.go", "	if l.session != nil {\n		ev.Alive = l.session.AliveUntil()\n	}\n", ""}},
		hunt:  hunt{"ha", "TestADisconnectShorterThanTheLeaseChangesNothing"},
		says:  "master is \"\", want \"a\"",
	},
	{
		name:  "the timer is not armed again",
		edits: []edit{{"ha/loop.go", "	for l.over == nil {\n		l.arm(timer)\n", "	l.arm(timer)\n	for l.over == nil {\n"}},
		hunt:  cutOff,
		says:  "two masters: a until .*, b from",
	},
	{
		name:  "the timer is late",
		edits: []edit{{"ha/loop.go", "max(at.Sub(clock.Now()), 0)", "max(at.Sub(clock.Now()), time.Second)"}},
		hunt:  storm,
		says:  "it comes .* after the deadline",
	},
	{
		name:  "the end of a session is not told",
		edits: []edit{{"ha/loop.go", "		l.abandon()\n		l.step(election.Event{Kind: election.Expired})\n", "		l.abandon()\n"}},
		hunt:  cutOff,
		says:  "want it expired, and a standby again",
	},
	{
		name:  "the end of a session is not seen",
		edits: []edit{{"ha/loop.go", "	if state.Final() {\n		l.abandon()\n		l.step(election.Event{Kind: election.Expired})\n	}\n", ""}},
		hunt:  storm,
		says:  "S6: \\d nodes of \\d candidates",
	},
	{
		name:  "the loss of the connection is not told",
		edits: []edit{{"ha/loop.go", "	if again && state == coord.Connected || state == coord.Suspended && l.state == coord.Connected {\n		l.step(election.Event{Kind: election.Suspended})\n	}\n", ""}},
		hunt:  hunt{"ha", "TestStopAtOnceStopsWhenTheConnectionIsLost"},
		says:  "1 terms, want a second after the reset",
	},
	{
		name:  "a loss that is over when the loop looks is not told",
		edits: []edit{{"ha/loop.go", "	again := l.changed != nil && state == l.state\n", "	again := false\n"}},
		hunt:  hunt{"ha", "TestALossThatIsOverWhenItIsSeenIsALoss"},
		says:  "want the lost connection",
	},
	{
		name:  "the connection's return is not told",
		edits: []edit{{"ha/loop.go", "	if state == coord.Connected && (again || l.state == coord.Suspended) {\n		l.resume()\n	}\n", ""}},
		hunt:  hunt{"ha", "TestADisconnectShorterThanTheLeaseChangesNothing"},
		says:  "master is \"\", want \"a\"",
	},
	{
		name:  "a session is not looked at once it was taken up",
		edits: []edit{{"ha/loop.go", "	l.step(m.event)\n	l.follow()\n", "	l.step(m.event)\n"}},
		hunt:  hunt{"ha", "TestADisconnectShorterThanTheLeaseChangesNothing"},
		says:  "want it to have been suspended and resumed",
	},
	{
		name:  "the effects of a step are done from the last to the first",
		edits: []edit{{"ha/loop.go", "		l.perform(&l.effects[i])\n", "		l.perform(&l.effects[len(l.effects)-1-i])\n"}},
		hunt:  hunt{"ha", "TestStatusAndEventsTellTheSameStory"},
		says:  "events .* role_started elected .*, want",
	},
	{
		name:  "a watch is not told of",
		edits: []edit{{"ha/perform.go", "				l.post(message{event: election.Event{Kind: election.WatchFired, Call: id, Change: e.Type}})\n", "				_ = e\n"}},
		hunt:  storm,
		says:  "L1: \\d candidates, running \\[\\]|L2: the master is|S6: \\d nodes of \\d candidates",
	},
	{
		name:  "watches that were given up are still awaited",
		edits: []edit{{"ha/loop.go", "	l.forget()\n", ""}},
		hunt:  hunt{"ha", "TestAWatchThatIsGivenUpIsLetGo"},
		says:  "goroutines after 50 looks",
	},
	{
		name:  "a reply is lost when another message waits",
		edits: []edit{{"ha/loop.go", "			l.receive(m)\n", "			if len(l.inbox) > 0 && m.event.Kind == election.Reply {\n				m = <-l.inbox\n			}\n			l.receive(m)\n"}},
		hunt:  hunt{"ha", "TestMessagesThatWaitTogetherAreAllTakenIn"},
		says:  "master is \"b\", want \"c\"",
	},
	{
		name:  "a call is made in whatever session is there by then",
		edits: []edit{{"ha/perform.go", "		l.workers.Go(func() { l.call(session, &call) })", "		l.workers.Go(func() {\n			time.Sleep(20 * time.Millisecond)\n			if l.session != nil {\n				session = l.session\n			}\n			l.call(session, &call)\n		})"}},
		hunt:  hunt{"ha", "TestACallOfASessionThatHasEndedIsNotMadeInTheNext"},
		says:  "S6: .* stand in session 2",
	},
	{
		name:  "the connection is not given up when the machine asks",
		edits: []edit{{"ha/perform.go", "		l.workers.Go(l.session.Reconnect)\n", ""}},
		hunt:  storm,
		says:  "gave a connection up 0 times, where its machine asked for",
	},
	{
		name:  "the loop waits while a connection is given up",
		edits: []edit{{"ha/perform.go", "		l.workers.Go(l.session.Reconnect)\n", "		l.session.Reconnect()\n"}},
		hunt:  hunt{"ha", "TestAReconnectThatBlocksDoesNotKeepTheRoleRunning"},
		says:  "cut off at .* the role stopped at",
	},
	{
		name:  "a resignation is lost",
		edits: []edit{{"ha/loop.go", "			l.step(election.Event{Kind: election.Resign})\n", ""}},
		hunt:  hunt{"ha", "TestResigningHandsOverAndComesBack"},
		says:  "master is \"a\", want \"b\"",
	},
	{
		name:  "a resignation is lost while the loop is busy",
		edits: []edit{{"ha/candidate.go", "make(chan struct{}, 1)", "make(chan struct{})"}},
		hunt:  hunt{"ha", "TestAResignationIsNotLostWhileTheCandidateIsBusy"},
		says:  "master is \"a\", want \"b\"",
	},
	{
		name:  "the end of the caller's context ends the calls that leaving needs",
		edits: []edit{{"ha/loop.go", "	l.ctx, l.cancel = context.WithCancel(l.values)\n", "	l.ctx, l.cancel = context.WithCancel(ctx)\n"}},
		hunt:  hunt{"ha", "TestLeavingIsPossibleAtAnyTime"},
		says:  "leaving: election /e: .* context deadline exceeded",
	},
	{
		name:  "a session is not closed at the end",
		edits: []edit{{"ha/loop.go", "	err := l.release(s)\n	if state", "	var err error\n	if state"}},
		hunt:  storm,
		says:  "has left, but kept 1 sessions",
	},
	{
		name:  "a session that has ended is not given back",
		edits: []edit{{"ha/loop.go", "	l.workers.Go(func() { _ = l.sessions.Release(l.ctx, s) })\n", "	_ = s\n"}},
		hunt:  storm,
		says:  "has left, but kept \\d sessions",
	},
	{
		name:  "a session that comes after the end is not given back",
		edits: []edit{{"ha/perform.go", "	if !brought {\n		l.discard(s)\n	}\n", "	_ = brought\n"}},
		hunt:  hunt{"ha", "TestASessionThatComesTooLateIsGivenBack"},
		says:  "gave its session back 0 times",
	},
	{
		name:  "a session that comes as the loop ends is not given back",
		edits: []edit{{"ha/loop.go", "			l.discard(m.session)\n", "			_ = m\n"}},
		hunt:  hunt{"ha", "TestASessionThatComesTooLateIsGivenBack"},
		says:  "gave its session back 0 times",
	},
	{
		name:  "a lost session is followed only for as long as the first may take",
		edits: []edit{{"ha/perform.go", "		first := !l.opened\n", "		first := true\n"}},
		hunt:  hunt{"ha", "TestASessionThatWasLostMayTakeLongToFollow"},
		says:  "want a second when the service can be reached again",
	},
	{
		name:  "a node that was left behind is called clean",
		edits: []edit{{"ha/loop.go", "if state, _ := s.State(); err == nil && (l.over.Clean || state.Final()) {", "if err == nil {"}},
		hunt:  hunt{"ha", "TestANodeLeftBehindOnASharedSessionIsNotCalledClean"},
		says:  "want an error that matches ErrNotClean",
	},
	{
		name:  "Run does not wait for what it has started",
		edits: []edit{{"ha/loop.go", "	l.workers.Wait()\n", ""}},
		hunt:  hunt{"proptest", "TestRunWaitsForTheOverrunHook"},
		says:  "Run returned while the hook was being called",
	},
	{
		name:  "Run does not wait for the observer",
		edits: []edit{{"ha/observer.go", "	h.done.Wait()\n", ""}},
		hunt:  hunt{"ha", "TestTheLogDoesNotWaitForABlockedObserver"},
		says:  "Run returned while an observer was being called",
	},
	{
		name:  "an observer that is slow misses the newest",
		edits: []edit{{"ha/observer.go", "		h.waiting = h.waiting[1:]\n		h.missed++\n", "		h.missed++\n		h.mu.Unlock()\n		return\n"}},
		hunt:  hunt{"ha", "TestAnObserverThatIsTooSlowHearsTheLastAndHowManyItMissed"},
		says:  "want the newest",
	},
	{
		name:  "a candidate is called gone before its session is",
		edits: []edit{{"ha/loop.go", "	if l.over == nil { // else there is still something to wait for\n		l.publish(l.machine.Status())\n	}\n", "	l.publish(l.machine.Status())\n"}},
		hunt:  hunt{"ha", "TestStatusIsGoneOnlyWhenTheSessionIs"},
		says:  "gone, but its session .* stands",
	},
}

// harmless are edits that break no promise, and that nothing may find: package ha owes no order of what waits for its loop. Answers to
// concurrent calls have none, whoever reads a watch or a state may be late, and each message is brought by a goroutine of its own. The
// one thing that must come before another, a reply before its watch, cannot wait beside it: the watch is awaited only from then on.
var harmless = []flaw{
	{
		name: "the messages that wait are taken in from the last to the first",
		edits: []edit{
			{"ha/loop.go", "	\"sync\"\n", "	\"runtime\"\n	\"sync\"\n"},
			{"ha/loop.go", "			l.receive(m)\n", "			for range 20 { // lets more messages come, in no time\n				runtime.Gosched()\n			}\n" +
				"			waiting := []message{m}\n			for len(l.inbox) > 0 {\n				waiting = append(waiting, <-l.inbox)\n			}\n" +
				"			for i := range waiting {\n				l.receive(waiting[len(waiting)-1-i])\n			}\n"},
		},
	},
}

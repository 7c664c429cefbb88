package planted

// Flaws of the backends, where the shell rests on them: what they say of a session's life. What else a backend owes, coord/coordtest asks
// of it, and shows by flaws of its own that it can.

var backendFlaws = []flaw{
	{
		name:  "membackend: AliveUntil is counted from the answer",
		edits: []edit{{"coord/membackend/receive.go", "max(s.alive, k.sent.Add(s.Timeout()))", "max(s.alive, s.now().Add(s.Timeout()))"}},
		hunt:  storm,
		says:  "lease is broken|S1 is broken",
	},
	{
		name:  "zkbackend: AliveUntil is counted from the answer",
		edits: []edit{{"coord/zkbackend/wire.go", "s.evidence.Succeeded(q.basis)", "s.evidence.Succeeded(clock.Now())"}},
		hunt:  hunt{"coord/zkbackend", "TestLeaseCountsWhatWasSentAndOnlyWritesProveIt"},
		says:  "proved life until|the first write proved",
	},
	{
		name:  "zkbackend: AliveUntil is proved by reads",
		edits: []edit{{"coord/zkbackend/wire.go", "	if r.succeeded(q.op) {\n", "	{\n"}},
		hunt:  hunt{"coord/zkbackend", "TestLeaseCountsWhatWasSentAndOnlyWritesProveIt"},
		says:  "proved life until|the first write proved",
	},
	{
		name:  "zkbackend: AliveUntil goes by another timeout than the server's",
		edits: []edit{{"coord/zkbackend/wire.go", "s.evidence.Connected(l.connectSent, g.timeout)", "s.evidence.Connected(l.connectSent, 2*s.cfg.SessionTimeout)"}},
		hunt:  realStorm,
		says:  "lease is broken|S1 is broken",
	},
	{
		name:  "zkbackend: an expiry is taken for a lost connection",
		edits: []edit{{"coord/zkbackend/wire.go", "	s.expire()\n	return errExpired\n}\n\n// rearm", "	return errExpired\n}\n\n// rearm"}},
		hunt:  realStorm,
		says:  "S6: \\d nodes of \\d candidates|L1: ",
	},
	{
		name:  "zkbackend: watches are not armed again on another connection",
		edits: []edit{{"coord/zkbackend/wire.go", "	return s.watches.requests(s.zxid)\n", "	return nil\n"}},
		hunt:  realStorm,
		says:  "L1: \\d candidates, running|L2: the master is|S6: \\d nodes of \\d candidates",
	},
}

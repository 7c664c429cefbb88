package planted

// Flaws of the lease: from when it counts, by which clock, and whether it is kept to. They are in package lease, or where the
// simulated client tells it what it saw.

const swarm = "simulate --runs 1500 --for 20s --shrink 3000"

var leaseBugs = []bug{
	{
		name:  "no lease",
		edits: []edit{{"coord/lease/lease.go", "	return e.timeout - e.timeout/1_000_000*time.Duration(e.Drift)\n", "	return 1000 * e.timeout\n"}},
		hunts: []hunt{{"lease", swarm}},
	},
	{
		name:  "no lease, in the walked world",
		edits: []edit{{"simulate/explore/process.go", "p.alive = max(p.alive, it.sent+timeout)", "p.alive = max(p.alive, it.sent+1000*timeout)"}},
		hunts: []hunt{{"S1", "explore --faults 1 --kinds cut"}},
	},
	{
		name:  "lease by the timeout asked for, in the walked world",
		edits: []edit{{"simulate/explore/process.go", "p.alive = max(p.alive, it.sent+timeout)", "p.alive = max(p.alive, it.sent+2*timeout)"}},
		hunts: []hunt{{"S1", "explore --faults 1 --kinds cut"}},
	},
	{
		name:  "lease measured from the reply, in the walked world",
		edits: []edit{{"simulate/explore/process.go", "p.alive = max(p.alive, it.sent+timeout)", "p.alive = max(p.alive, p.now+timeout)"}},
		hunts: []hunt{{"S1", "explore --faults 1 --kinds pause"}},
	},
	{
		name:  "lease measured from the reply",
		edits: []edit{{"simulate/calls.go", "s.evidence.Succeeded(p.basis)", "s.evidence.Succeeded(n.local(w.now))"}},
		hunts: []hunt{{"lease", swarm}},
	},
	{
		name:  "lease measured from the sending of the write itself",
		edits: []edit{{"coord/lease/lease.go", "	return e.passed\n", "	return sent\n"}},
		hunts: []hunt{{"lease", swarm + " --faults pause"}},
	},
	{
		name:  "requested instead of negotiated timeout",
		edits: []edit{{"simulate/client.go", "s.evidence.Connected(s.connectSent, s.timeout)", "s.evidence.Connected(s.connectSent, w.timeout)"}},
		hunts: []hunt{{"lease", swarm}},
	},
	{
		name: "lease from reads and pings",
		edits: []edit{
			{"simulate/calls.go", "			s.pending.remove(i)\n			s.fails = 0\n			return\n", "			s.evidence.Succeeded(p.sent)\n			s.pending.remove(i)\n			s.fails = 0\n			return\n"},
			{"simulate/calls.go", "	if r.reply.err == nil && p.kind != election.CallGet && p.kind != election.CallChildren {\n", "	if r.reply.err == nil {\n"},
		},
		hunts: []hunt{{"lease", swarm}},
	},
	{
		name: "the allowance for late pings taken off the timeout, not put into the gap",
		edits: []edit{
			{"coord/lease/lease.go", "{ return Gap(e.timeout, e.Tick) }", "{ return Gap(e.timeout, e.Tick) / 2 }"},
			{"coord/lease/lease.go", "	return e.timeout - e.timeout/1_000_000*time.Duration(e.Drift)\n", "	return e.timeout - e.timeout/1_000_000*time.Duration(e.Drift) - e.Gap()\n"},
		},
		hunts: []hunt{{"lease", "simulate --seed 2000 --runs 3000 --for 20s --nodes 3 --shrink 3000 --faults late-ping,pause"}},
	},
	{
		name:  "no allowance for drift",
		edits: []edit{{"coord/lease/lease.go", "	return e.timeout - e.timeout/1_000_000*time.Duration(e.Drift)\n", "	return e.timeout\n"}},
		hunts: []hunt{{"lease", "simulate --runs 4000 --for 60s --nodes 3 --shrink 3000 --faults drift,late-ping,pause"}},
	},
	{
		name:  "no time for the role to stop",
		edits: []edit{{"ha/election/lead.go", "{ return m.alive.Add(-m.cfg.grace(m.timeout)) }", "{ return m.alive }"}},
		hunts: []hunt{{"S1", swarm}},
	},
	{
		name:  "deadline on the wall clock",
		edits: []edit{{"simulate/inject.go", "		w.wall += time.Duration(s.part-MaxServers/2) * time.Hour\n", "		w.wall += time.Duration(s.part-MaxServers/2) * time.Hour\n		for i := range w.nodes {\n			w.nodes[i].offset += coord.Instant(time.Duration(s.part-MaxServers/2) * time.Hour)\n		}\n"}},
		hunts: []hunt{{"S1|lease", swarm}},
	},
	{
		name: "no limit on suspension",
		edits: []edit{
			{"ha/election/time.go", "	if x.role != roleOff && x.now >= x.lease() {\n", "	if x.role != roleOff && x.connected && x.now >= x.lease() {\n"},
			{"ha/election/time.go", "	due(m.role == roleOn, m.lease())\n", "	due(m.role == roleOn && m.connected, m.lease())\n"},
		},
		hunts: []hunt{{"S1", swarm}},
	},
}

package planted

// Flaws of whose turn it is, of how long it lasts, what it costs, and what goes when it is over; and a store that is none.

var turnBugs = []bug{
	{
		name:  "a vacant place claimed by whoever looks",
		edits: []edit{{"ha/election/look.go", "	case x.first == x.node && !held:\n", "	case !held:\n"}},
		hunts: []hunt{{"L2", "simulate --runs 200 --for 20s --policy oldest"}, {"L2", "explore --faults 0"}},
	},
	{
		name: "a suspended master stops before its lease is over",
		edits: []edit{{
			"ha/election/lead.go", "func (m *Machine) lease() coord.Instant { return m.alive.Add(-m.cfg.grace(m.timeout)) }\n",
			"func (m *Machine) lease() coord.Instant {\n	if !m.connected {\n		return m.alive.Add(-m.cfg.grace(m.timeout) - m.timeout/5)\n	}\n	return m.alive.Add(-m.cfg.grace(m.timeout))\n}\n",
		}},
		hunts: []hunt{{"E2", "simulate --runs 200 --for 20s"}},
	},
	{
		name:  "no renewal when the connection is back",
		edits: []edit{{"ha/election/time.go", "	return m.term.Token != 0 && m.connected && m.renewal == 0 && !m.lost\n", "	return m.term.Token != 0 && m.connected && m.renewal == 0 && !m.lost && !m.nudged\n"}},
		hunts: []hunt{{"E2", "simulate --runs 200 --for 20s"}},
	},
	{
		name:  "a candidate node that outlives its session",
		edits: []edit{{"coord/ztree/txn.go", "	for t.sessions[s].first != 0 {\n", "	for t.sessions[s].first != t.sessions[s].last {\n"}},
		hunts: []hunt{{"S6", "simulate --runs 200 --for 20s"}},
	},
	{
		name:  "renewals four times as often",
		edits: []edit{{"ha/election/machine.go", "	x.timeout, x.renewEvery, x.alive = ev.Timeout, ev.RenewEvery, ev.Alive\n", "	x.timeout, x.renewEvery, x.alive = ev.Timeout, ev.RenewEvery/4, ev.Alive\n"}, {"ha/election/machine.go", "	x.timeout, x.renewEvery = ev.Timeout, ev.RenewEvery\n", "	x.timeout, x.renewEvery = ev.Timeout, ev.RenewEvery/4\n"}},
		hunts: []hunt{{"E3", "simulate --runs 200 --for 20s"}},
	},
	{
		name:  "a store that takes every token",
		edits: []edit{{"simulate/role.go", "	accepted := token >= w.stored\n", "	accepted := true\n"}},
		hunts: []hunt{{"S3", swarm}},
	},
}

package planted

import "slices"

// Flaws of registering, which are about who is who; and whole programs that know no better.

var nameBugs = []bug{
	{
		name: "own node recognised by name after a session change",
		edits: []edit{
			{"ha/election/register_steps.go", "ev.Err == nil && ev.Stat.EphemeralOwner == x.session", "ev.Err == nil"},
			{"ha/election/machine.go", "	default:\n		x.do(create)\n	}\n", "	default:\n		x.do(createSearch)\n	}\n"},
			{"ha/election/register_steps.go", "	x.found = nil\n	x.step = idle\n	x.proceed()\n", "	x.found = nil\n	x.step = idle\n	if x.stopping() {\n		x.proceed()\n		return\n	}\n	x.do(create)\n"},
		},
		hunts: []hunt{{"S4", swarm}},
	},
	{
		name:  "create repeated blindly",
		edits: []edit{{"ha/election/chain.go", "	case create:\n		x.step = createFence\n	case claim:\n", "	case claim:\n"}},
		hunts: []hunt{{"S6", swarm}, {"S6", "explore --faults 1 --kinds cut"}},
	},
	{
		name:  "recovery list without the barrier",
		edits: []edit{{"ha/election/chain.go", "		x.step = createFence\n", "		x.step = createSearch\n"}},
		hunts: []hunt{{"S6", "explore --faults 1 --kinds cut"}},
	},
	{
		name:  "what the recovery finds taken for ours by its name",
		edits: []edit{{"ha/election/register_steps.go", "ev.Err == nil && ev.Stat.EphemeralOwner == x.session", "ev.Err == nil"}},
		hunts: []hunt{{"S4", "explore --twins --faults 1 --kinds cut"}},
	},
	{
		name:  "a path made anew not told from the old one",
		edits: []edit{{"ha/election/look.go", "{ return path.Czxid > x.czxid }", "{ return false }"}},
		hunts: []hunt{{"S1", "explore --twins --faults 1 --kinds wipe,writes"}},
	},
	{
		name:  "late answers accepted",
		edits: []edit{{"ha/election/chain.go", "	case x.call:\n		x.call = 0\n", "	default:\n		x.call = 0\n"}},
		hunts: []hunt{{"S6", swarm}},
	},
}

// naive replaces what a Machine does by what a program in testdata does, which knows of no lease: so none is judged.
func naive(name, adds string) bug {
	return bug{
		name: name,
		adds: adds,
		edits: []edit{
			{"ha/election/machine.go", "func (x *exec) handle(ev Event) {\n", "func (x *exec) handle(ev Event) { x.naive(ev) }\n\nfunc (x *exec) shrewd(ev Event) {\n"},
			{"ha/election/machine.go", "	x.watchTheClock()\n", ""},
			{"coord/lease/lease.go", "{ return e.until }", "{ return 1 << 60 }"},
			{"simulate/observe.go", "	if !w.forced {\n", "	if false {\n"},
		},
		hunts: []hunt{{"S1", swarm + " --faults cut,reset,pause,crash,slow,leave"}}, // nobody needs to touch the service
	}
}

var naivePrograms = []bug{
	naive("naive: the greatest name starts with my ip", "naive_ip.go"),
	naive("naive: one fixed node, the error ignored", "naive_fixed.go"),
}

var bugs = slices.Concat(leaseBugs, claimBugs, turnBugs, nameBugs, naivePrograms)

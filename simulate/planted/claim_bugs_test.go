package planted

// Flaws of looking, claiming and leading.

var claimBugs = []bug{
	{
		name: "children before register",
		edits: []edit{
			{"ha/election/look.go", "	x.do(lookRegister)\n}\n\nfunc (x *exec) answerLooking", "	x.do(lookChildren)\n}\n\nfunc (x *exec) answerLooking"},
			{"ha/election/look.go", "	x.watches[watchOwn] = ev.Call\n	x.do(lookRegister)\n", "	x.watches[watchOwn] = ev.Call\n	x.do(lookChildren)\n"},
			{"ha/election/look.go", "		x.rankChildren(ev.Names)\n	case checkFirst:", "		x.found = ev.Names\n		x.do(lookRegister)\n	case checkFirst:"},
			{"ha/election/look.go", "	x.reg, x.version = reg, ev.Stat.Version\n	x.do(lookChildren)\n", "	x.reg, x.version = reg, ev.Stat.Version\n	x.rankChildren(x.found)\n"},
		},
		hunts: []hunt{{"S4", swarm + " --policy newest"}},
	},
	{
		name:  "claim without version",
		edits: []edit{{"ha/election/chain.go", "x.proposal().Encode(), x.version)", "x.proposal().Encode(), coord.AnyVersion)"}},
		hunts: []hunt{{"S4", "explore --policy newest --faults 1 --kinds leave"}},
	},
	{
		name:  "claim without the check of the own node",
		edits: []edit{{"ha/election/chain.go", "			coord.CheckOp(x.child(x.node), coord.AnyVersion),\n			coord.SetOp(path, x.proposal()", "			coord.SetOp(path, x.proposal()"}},
		hunts: []hunt{{"S4", swarm + " --faults delete-node"}, {"S4", "explore --faults 1 --kinds delete"}},
	},
	{
		name:  "claim over a living holder",
		edits: []edit{{"ha/election/look.go", "	case x.first == x.node && !held:\n", "	case x.first == x.node:\n"}},
		hunts: []hunt{{"S4", swarm + " --policy newest"}},
	},
	{
		name:  "fast claim when the predecessor was not the holder",
		edits: []edit{{"ha/election/look.go", " && x.prev == x.first && x.prev == x.reg.Holder:", ":"}},
		hunts: []hunt{{"L2|S4", swarm}},
	},
	{
		name:  "an unknown claim taken for ours by the node's name alone",
		edits: []edit{{"ha/election/claim.go", "err == nil && reg == x.proposal() && ev.Stat.Version == x.version+1 && !x.remade(ev.Stat) {", "err == nil && reg.Holder == x.node {"}},
		hunts: []hunt{{"S2", swarm}},
	},
	{
		name: "a register with our own node taken for held",
		edits: []edit{
			{"ha/election/look.go", "x.reg.Holder != \"\" && x.reg.Holder != x.node && contains(", "x.reg.Holder != \"\" && contains("},
			{"ha/election/look.go", "	case x.reg.Holder == x.node: // a term of ours is over, yet the others take it for standing\n		x.do(release)\n", ""},
		},
		hunts: []hunt{{"L1", swarm}},
	},
	{
		name:  "the holder recognised by its id",
		edits: []edit{{"ha/election/look.go", "x.reg.Holder != \"\" && x.reg.Holder != x.node && contains(", "x.reg.Holder != \"\" && x.reg.ID != x.cfg.ID && contains("}},
		hunts: []hunt{{"S4", swarm}},
	},
	{
		name:  "nobody watching the register under preemption",
		edits: []edit{{"ha/election/look.go", "	case s == watchHolder:\n		x.do(armRegister)\n", ""}},
		hunts: []hunt{{"L1", swarm + " --policy newest"}},
	},
	{
		name:  "the first in rank waits for whoever the register names",
		edits: []edit{{"ha/election/look.go", "		x.do(readHolder)\n	case x.cfg", "		x.do(armHolder)\n	case x.cfg"}},
		hunts: []hunt{{"L1", swarm}, {"L3", "explore --faults 1 --kinds misname"}},
	},
	{
		name:  "no watch on the own node of a standby",
		edits: []edit{{"ha/election/register_steps.go", "	return Call{Kind: CallGet, Path: path, Watch: true}\n", "	return Call{Kind: CallGet, Path: path}\n"}},
		hunts: []hunt{{"L1|S6", swarm}, {"L3", "explore --faults 1 --kinds misname"}},
	},
	{
		name:  "watch set after the read",
		edits: []edit{{"ha/election/look.go", "	if missing || x.dirty || ev.Stat.Czxid > x.listed { // a namesake", "	if missing {\n		x.settle()\n		return\n	}\n	if x.dirty || ev.Stat.Czxid > x.listed { // a namesake"}},
		hunts: []hunt{{"L3", "explore --faults 1 --kinds leave"}},
	},
	{
		name:  "a watch that fires within a look forgotten",
		edits: []edit{{"ha/election/look.go", "			x.dirty = true\n", ""}},
		hunts: []hunt{{"L2|L3|S6", swarm}},
	},
	{
		name: "watch on the master instead of the predecessor",
		edits: []edit{
			{"ha/election/chain.go", "Path: x.child(x.prev), Watch: true}", "Path: x.child(x.first), Watch: true}"},
			{"ha/election/look.go", "x.armedNode(ev, missing, watchPrev, x.prev)", "x.armedNode(ev, missing, watchPrev, x.first)"},
		},
		hunts: []hunt{{"E1", swarm + " --policy oldest"}},
	},
	{
		name:  "no watch on the predecessor",
		edits: []edit{{"ha/election/chain.go", "Path: x.child(x.prev), Watch: true}", "Path: x.child(x.prev)}"}},
		hunts: []hunt{{"L1|L3", swarm}},
	},
	{
		name: "token from a counter in the path",
		edits: []edit{
			{"ha/election/claim.go", "Term{Token: token,", "Term{Token: coord.Zxid(x.reg.Term),"},
			{"ha/election/lead.go", " || ev.Stat.Mzxid != x.term.Token:", ":"},
		},
		hunts: []hunt{{"S2", "simulate --runs 300 --for 20s --shrink 3000 --faults delete-path,crash"}},
		clean: []string{"simulate --runs 300 --for 20s --faults crash,leave,cut"}, // the counter starts over only with the path
	},
	{
		name: "term gate left open after the node was seen gone",
		edits: []edit{
			{"simulate/role.go", "	n.gate = false\n	if n.role != roleOn {\n", "	if n.role != roleOn {\n"},
			{"simulate/explore/action.go", "can(kinds&Writes != 0 && n.role == roleOn && !n.fencing(), write, 0)", "can(kinds&Writes != 0 && n.role != roleOff && !n.fencing(), write, 0)"},
		},
		hunts: []hunt{{"S5", "simulate --runs 3000 --for 20s --shrink 3000 --faults delete-path,slow-stop,slow"}, {"S5", "explore --twins --faults 1 --kinds wipe,writes"}},
	},
	{
		name:  "a term that goes on after its session",
		edits: []edit{{"ha/election/machine.go", "		x.endTerm(SessionExpired)\n		return\n", "		return\n"}},
		hunts: []hunt{{"L1", "explore --faults 1 --kinds force"}},
	},
	{
		name:  "release before the role returned",
		edits: []edit{{"ha/election/end.go", "		x.emit(Effect{Kind: StopRole, Term: x.term, Reason: reason})\n	case roleOff:\n", "		x.emit(Effect{Kind: StopRole, Term: x.term, Reason: reason})\n		x.termOver()\n	case roleOff:\n"}},
		hunts: []hunt{{"S1", swarm}, {"S1", "explore --faults 0 --policy name"}},
	},
	{
		name: "no release under preemption",
		edits: []edit{
			{"ha/election/end.go", "		if !x.lost && x.session != 0 && !x.stopping() && x.watches[watchOwn] != 0 {\n			x.do(release)\n", "		if false {\n			x.do(release)\n"},
			{"ha/election/look.go", "	case x.reg.Holder == x.node: // a term of ours is over, yet the others take it for standing\n		x.do(release)\n", ""},
		},
		hunts: []hunt{{"L1", swarm + " --policy newest"}, {"L3", "explore --faults 0 --policy name"}},
	},
}

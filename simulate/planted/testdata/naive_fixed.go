package election

import "github.com/hamaster/hamaster/coord"

// The second naive program: everybody creates one fixed ephemeral node, ignores the error, and watches its children. Of a Machine's
// fields nudged says that it is master.
func (x *exec) naive(ev Event) {
	fixed := coord.JoinPath(x.cfg.Path, "master")
	switch ev.Kind {
	case Start, Expired:
		x.session = 0
		x.emit(Effect{Kind: OpenSession})
	case Opened:
		x.session = ev.Session
		x.emit(Effect{Kind: DoCall, Call: Call{ID: 1, Kind: CallCreate, Path: fixed, Mode: coord.Ephemeral}})
		x.emit(Effect{Kind: DoCall, Call: Call{ID: 2, Kind: CallChildren, Path: fixed, Watch: true}})
	case Reply:
		if ev.Call == 2 && !x.nudged {
			x.nudged = true
			x.emit(Effect{Kind: StartRole, Term: Term{Token: 1 << 40}})
		}
	case RoleReturned:
		x.nudged = false
		x.goIfLeaving()
	case Leave:
		x.leaving = true
		x.emit(Effect{Kind: StopRole})
		x.goIfLeaving()
	}
}

func (x *exec) goIfLeaving() {
	if x.leaving && !x.nudged {
		x.finished = true
		x.emit(Effect{Kind: Finished})
	}
}

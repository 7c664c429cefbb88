package election

import "github.com/hamaster/hamaster/coord"

// The first naive program: an ephemeral sequential node <ip>-<sequence>, one watch on the children, and "I am master when the
// greatest name starts with my ip". Only the watch ever makes it step down. Of a Machine's fields nudged says that it is master.
func (x *exec) naive(ev Event) {
	switch ev.Kind {
	case Start:
		x.emit(Effect{Kind: OpenSession})
	case Opened:
		x.session, x.connected = ev.Session, true
		x.ask(create)
	case Suspended:
		x.connected = false
	case Resumed:
		x.connected = true
		if x.call == 0 {
			x.ask(lookChildren)
		}
	case Expired:
		x.session, x.connected, x.call = 0, false, 0
		x.emit(Effect{Kind: OpenSession})
	case Reply:
		if ev.Call == x.call {
			x.call = 0
			x.hear(ev)
		}
	case WatchFired:
		x.watches[watchChildren] = 0
		x.ask(lookChildren)
	case RoleReturned:
		x.nudged = false
		x.goIfLeaving()
	case Leave:
		x.leaving = true
		x.emit(Effect{Kind: StopRole})
		x.goIfLeaving()
	}
}

func (x *exec) ask(s step) {
	c := Call{Kind: CallChildren, Path: x.cfg.Path, Watch: true}
	switch s {
	case create:
		c = Call{Kind: CallCreate, Path: coord.JoinPath(x.cfg.Path, x.cfg.ID+"-"), Mode: coord.EphemeralSequential}
	case makePath:
		c = Call{Kind: CallCreate, Path: x.cfg.Path}
	}
	x.lastCall++
	x.step, x.call, c.ID = s, x.lastCall, x.lastCall
	x.emit(Effect{Kind: DoCall, Call: c})
}

func (x *exec) hear(ev Event) {
	switch {
	case uncertain(ev.Err) || sessionOver(ev.Err):
		if x.connected {
			x.ask(x.step)
		}
	case x.step == create && ev.Err != nil:
		x.ask(makePath)
	case x.step == makePath:
		x.ask(create)
	case x.step == create:
		x.ask(lookChildren)
	case ev.Err != nil:
		x.ask(create)
	default:
		x.watches[watchChildren] = ev.Call
		x.compare(ev)
	}
}

func (x *exec) compare(ev Event) {
	greatest := ""
	for _, name := range ev.Names {
		greatest = max(greatest, name)
	}
	mine := len(greatest) > len(x.cfg.ID) && greatest[:len(x.cfg.ID)] == x.cfg.ID
	switch {
	case mine && !x.nudged:
		x.nudged = true
		x.emit(Effect{Kind: StartRole, Term: Term{Token: 1<<40 + ev.Stat.Pzxid}})
	case !mine && x.nudged:
		x.emit(Effect{Kind: StopRole, Reason: Deposed})
	}
}

func (x *exec) goIfLeaving() {
	if x.leaving && !x.nudged {
		x.finished = true
		x.emit(Effect{Kind: Finished})
	}
}

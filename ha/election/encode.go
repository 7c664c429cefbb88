package election

import "github.com/hamaster/hamaster/coord"

// Encoding is what the encodings of a Machine, and of what surrounds it, have in common: the present instant, and names for the
// calls. One serves for one whole: a Machine with its requests, answers and watches. Make a new one, or call Reset, for the next.
type Encoding struct {
	now   coord.Instant
	calls []CallID
}

// Reset begins another whole, as of that instant.
func (e *Encoding) Reset(now coord.Instant) { e.now, e.calls = now, e.calls[:0] }

// AppendCall names calls in the order in which they turn up, for a Machine compares their numbers for nothing but equality.
func (e *Encoding) AppendCall(b []byte, id CallID) []byte {
	if id == 0 {
		return append(b, 0)
	}
	i := 0
	for i < len(e.calls) && e.calls[i] != id {
		i++
	}
	if i == len(e.calls) {
		e.calls = append(e.calls, id)
	}
	return appendUint(b, uint64(i)+1)
}

// AppendDue tells how far off an instant is. All that have come are alike; the zero Instant, which means none, is not one of them.
func (e *Encoding) AppendDue(b []byte, at coord.Instant) []byte {
	if at == 0 {
		return append(b, 0)
	}
	return appendUint(b, uint64(max(at-e.now, 0))+1)
}

// AppendTo appends the state in a form that is equal only for Machines that do the same from now on, whatever happens to them, up to
// the numbers of their calls and the origin of their clocks. What no longer matters is left out. The Config is not part of it.
func (m *Machine) AppendTo(b []byte, e *Encoding) []byte {
	if m.finished {
		return append(b, 1)
	}
	b = appendBools(b, m.connected, m.dirty, m.standby, m.leaving, m.ghosts)
	b = m.appendSession(b, e)
	b = m.appendChain(b, e)
	b = m.appendView(b)
	b = m.appendTerm(b, e)
	b = appendUint(b, uint64(m.wait))
	b = e.AppendDue(b, m.waitUntil)
	b = appendUint(b, uint64(m.failures))
	b = appendUint(b, m.random)
	b = e.AppendDue(b, m.leaveBy)
	return appendError(b, m.failed)
}

func (m *Machine) appendSession(b []byte, e *Encoding) []byte {
	b = appendUint(b, uint64(m.session))
	if m.session == 0 && m.term.Token == 0 {
		return b // what is known of a session comes anew with the next
	}
	b = e.AppendDue(b, m.alive)
	b = appendUint(b, uint64(m.timeout))
	return appendUint(b, uint64(m.renewEvery))
}

func (m *Machine) appendChain(b []byte, e *Encoding) []byte {
	b = append(b, byte(m.step))
	b = e.AppendCall(b, m.call)
	switch {
	case m.step == idle:
	case m.call == 0:
		b = e.AppendDue(b, m.retryAt)
	default:
		b = appendBools(b, m.madeIn == m.breaks)
	}
	for _, call := range m.watches {
		b = e.AppendCall(b, call)
	}
	return b
}

// appendView leaves out what will be looked at again before it counts.
func (m *Machine) appendView(b []byte) []byte {
	b = AppendText(b, m.node)
	b = appendUint(b, uint64(m.czxid))
	b = appendTexts(b, m.foreign)
	b = appendTexts(b, m.found)
	if m.step == makePath {
		b = appendUint(b, uint64(m.part))
	}
	registering := m.step >= create && m.step <= createSpare
	if m.term.Token == 0 && (m.node == "" || registering) {
		return b
	}
	b = AppendText(b, m.leader)
	if m.step != lookRegister && m.step != deleteOwn {
		b = m.reg.appendTo(b)
		b = appendUint(b, uint64(m.version))
	}
	arming := m.step >= checkFirst && m.step <= armRegister
	if arming {
		b = appendUint(b, uint64(m.listed))
	}
	if m.step == knock {
		b = AppendText(b, string(m.payload))
		b = appendUint(b, uint64(m.payloadVersion))
	}
	if m.term.Token == 0 && (arming || m.step == idle) || m.step == leadRival {
		b = AppendText(b, m.first)
		b = AppendText(b, m.prev)
	}
	return b
}

func (r *Register) appendTo(b []byte) []byte {
	b = appendUint(b, r.Term)
	b = AppendText(b, r.Holder)
	b = AppendText(b, r.ID)
	b = AppendText(b, r.Policy)
	return appendBools(b, r.Released)
}

// appendTerm leaves out what claimed sets anew.
func (m *Machine) appendTerm(b []byte, e *Encoding) []byte {
	b = appendUint(b, uint64(m.term.Token))
	if m.term.Token == 0 {
		return b
	}
	b = appendUint(b, m.term.Number)
	b = AppendText(b, m.term.Node)
	b = appendUint(b, uint64(m.term.Version))
	b = append(b, byte(m.role), byte(m.reason), byte(m.reread), m.warmups)
	b = appendError(b, m.roleErr)
	b = appendBools(b, m.nudged, m.lost, m.overran)
	b = e.AppendCall(b, m.renewal)
	if m.renewal != 0 {
		b = e.AppendDue(b, m.renewSent.Add(m.timeout/6))
	} else {
		b = e.AppendDue(b, m.renewAt)
	}
	b = e.AppendDue(b, m.stopBy)
	return e.AppendDue(b, m.termBegan.Add(m.cfg.waitMax()+1)) // when failures will not count any more
}

// AppendText appends a string that can be told from what follows.
func AppendText(b []byte, s string) []byte {
	b = appendUint(b, uint64(len(s)))
	return append(b, s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = appendUint(b, uint64(len(list)))
	for _, s := range list {
		b = AppendText(b, s)
	}
	return b
}

func appendError(b []byte, err error) []byte {
	if err == nil {
		return append(b, 0)
	}
	return AppendText(append(b, 1), err.Error())
}

func appendBools(b []byte, flags ...bool) []byte {
	var v byte
	for i, f := range flags {
		if f {
			v |= 1 << i
		}
	}
	return append(b, v)
}

// appendUint appends seven bits a byte, the lowest first.
func appendUint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

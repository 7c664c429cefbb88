package zkserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// A twin is one client of two servers, this one and a real one, that does on both the same and compares what it is told: outcomes,
// records and events, with sessions and zxids counted from where each server stood at the start.
type twin struct {
	t     *testing.T
	sides [2]*side
}

// side is what the clients of one server have in common.
type side struct {
	addr     string
	base     coord.Zxid
	sessions []coord.SessionID // in order of opening
	clients  []*raw
}

const twinTimeout = 30 * time.Second

func newTwin(t *testing.T, clients int, addrs ...string) *twin {
	w := &twin{t: t}
	for i, addr := range addrs {
		s := &side{addr: addr}
		w.sides[i] = s
		for range clients {
			s.clients = append(s.clients, dialAddr(t, addr))
			s.open(len(s.clients) - 1)
		}
		s.base = s.ping(0)
	}
	return w
}

func (s *side) open(client int) {
	c := s.clients[client]
	c.greet(greeting{timeout: twinTimeout})
	s.sessions = append(s.sessions, c.session)
}

func (s *side) ping(client int) coord.Zxid {
	s.clients[client].ping()
	return s.clients[client].zxid
}

// close ends all sessions: one that expired would take its zxid sooner on one server than on the other.
func (w *twin) close() {
	for _, s := range w.sides {
		for _, c := range s.clients {
			c.want(wire.OK, wire.OpClose, nil)
			_ = c.nc.Close()
		}
	}
}

// compare does the same on both servers and reports whether the accounts of it are the same.
func (w *twin) compare(what string, do func(s *side) []string) bool {
	w.t.Helper()
	ours, theirs := do(w.sides[0]), do(w.sides[1])
	if diff := cmp.Diff(theirs, ours); diff != "" {
		w.t.Errorf("%s: (- real, + this server)\n%s", what, diff)
		return false
	}
	return true
}

// request sends one client's request, and then a ping from every client, so that all events are in.
func (w *twin) request(client int, op wire.Op, body func(s *side) []byte) bool {
	w.t.Helper()
	return w.compare(fmt.Sprintf("client %d, operation %d", client, op), func(s *side) []string {
		c := s.clients[client]
		code, d := c.call(op, body(s))
		account := []string{fmt.Sprintf("code %d at %s: %s", code, s.zxid(c.zxid), s.describe(op, code, d))}
		return append(append(account, eventsOf(c)...), s.pingAll()...)
	})
}

// pingAll returns each client's events, in their order.
func (s *side) pingAll() []string {
	var account []string
	for i, c := range s.clients {
		c.ping()
		account = append(account, fmt.Sprint("client ", i))
		account = append(account, eventsOf(c)...)
	}
	return account
}

func eventsOf(c *raw) []string {
	var list []string
	for _, e := range c.events {
		list = append(list, fmt.Sprintf("%v %q", e.Type, e.Path))
	}
	return list
}

// reopen ends a client's session and opens another. A real server ends the nodes of a session in no order.
func (w *twin) reopen(client int) bool {
	w.t.Helper()
	return w.compare(fmt.Sprintf("client %d closes its session", client), func(s *side) []string {
		c := s.clients[client]
		code, _ := c.call(wire.OpClose, nil)
		account := append([]string{fmt.Sprintf("code %d at %s", code, s.zxid(c.zxid))}, eventsOf(c)...)
		_ = c.nc.Close()
		s.clients[client] = dialAddr(w.t, s.addr)
		s.open(client)
		account = append(account, s.pingAll()...)
		slices.Sort(account)
		return account
	})
}

// reattach changes a client's connection under its session.
func (w *twin) reattach(client int) bool {
	w.t.Helper()
	return w.compare(fmt.Sprintf("client %d changes its connection", client), func(s *side) []string {
		old, fresh := s.clients[client], dialAddr(w.t, s.addr)
		fresh.greet(greeting{session: old.session, pass: old.pass, timeout: twinTimeout, last: old.zxid})
		old.wantClosed()
		s.clients[client] = fresh
		return append(s.pingAll(), fmt.Sprint(fresh.session == old.session, fresh.timeout))
	})
}

func (s *side) zxid(z coord.Zxid) string {
	if z == 0 {
		return "0"
	}
	return fmt.Sprintf("base%+d", z-s.base)
}

// stat describes a Stat; its times are only compared with each other.
func (s *side) stat(d *wire.Decoder) string {
	v := stat(d)
	owner := fmt.Sprint(slices.Index(s.sessions, v.EphemeralOwner))
	return fmt.Sprintf("[c %s m %s p %s; times equal %v; versions %d %d %d; owner %s; length %d, children %d]",
		s.zxid(v.Czxid), s.zxid(v.Mzxid), s.zxid(v.Pzxid), v.Ctime == v.Mtime && v.Mzxid == v.Czxid || v.Mzxid != v.Czxid,
		v.Version, v.Cversion, v.Aversion, owner, v.DataLength, v.NumChildren)
}

func (s *side) describe(op wire.Op, code wire.Code, d wire.Decoder) string {
	if code != wire.OK {
		return "-"
	}
	text := s.body(op, &d)
	if d.Err() != nil || d.More() {
		text += fmt.Sprintf(" and then %v, more %v", d.Err(), d.More())
	}
	return text
}

func (s *side) body(op wire.Op, d *wire.Decoder) string {
	switch op {
	case wire.OpCreate, wire.OpSync:
		return d.String()
	case wire.OpCreate2, wire.OpCreateContainer, wire.OpCreateTTL:
		return d.String() + s.stat(d)
	case wire.OpGetEphemerals:
		return fmt.Sprintf("%q", slices.Sorted(slices.Values(d.Strings())))
	case wire.OpCountChildren, wire.OpAddWatch:
		return fmt.Sprint(d.Int32())
	case wire.OpExists, wire.OpSetData, wire.OpSetACL:
		return s.stat(d)
	case wire.OpGetData:
		data := d.Buffer()
		return fmt.Sprintf("%q null %v ", data, data == nil) + s.stat(d)
	case wire.OpGetChildren, wire.OpGetChildren2:
		names := d.Strings()
		slices.Sort(names)
		text := fmt.Sprintf("%q", names)
		if op == wire.OpGetChildren2 {
			text += s.stat(d)
		}
		return text
	case wire.OpGetACL:
		return strings.Join(entries(d, 3), ", ") + s.stat(d)
	case wire.OpWhoAmI:
		list := entries(d, 2)
		slices.Sort(list)
		return strings.Join(list, ", ")
	case wire.OpMulti, wire.OpMultiRead:
		return s.results(d)
	}
	return ""
}

// entries reads a vector of records of strings, with an int in front if there are three fields.
func entries(d *wire.Decoder, fields int) []string {
	var list []string
	for range d.Int32() {
		entry := ""
		if fields == 3 {
			entry = fmt.Sprint(d.Int32(), " ")
		}
		list = append(list, entry+d.String()+":"+d.String())
	}
	return list
}

func (s *side) results(d *wire.Decoder) string {
	var b strings.Builder
	for d.Err() == nil {
		op, done, code := wire.Op(d.Int32()), d.Bool(), d.Int32()
		fmt.Fprintf(&b, "(%d %v %d ", op, done, code)
		switch {
		case done:
			return b.String()
		case op == wire.OpError:
			fmt.Fprint(&b, d.Int32())
		default:
			b.WriteString(s.body(op, d))
		}
	}
	return b.String()
}

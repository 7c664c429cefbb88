package election

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/hamaster/hamaster/coord"
)

// TestTranscripts plays the scripts in testdata: each command is an event, or a few, and what it prints is the effects and the
// state that follows. Run with -rewrite to accept what has changed, and read the difference.
//
// Instants are offsets from the start of the script (at=+150ms, alive=+6s). An answer goes to the chain's call, or with "renewed" to
// the renewal, unless it says call=N. As a default the session lives for its timeout from the sending of each successful write.
func TestTranscripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			p := newPlay()
			datadriven.RunTest(t, path, p.run)
		})
	}
}

// play is a script in the course of being played.
type play struct {
	t    *testing.T
	d    *datadriven.TestData
	cfg  *Config
	m    Machine
	now  coord.Instant
	ev   Event // the last one's Alive, Session, Timeout and RenewEvery stay
	sent map[CallID]coord.Instant
	did  map[CallID]Call
	out  strings.Builder
}

const (
	playStart = coord.Instant(time.Hour)
	playPath  = "/e"
	playHome  = coord.Zxid(1)    // czxid of the path
	playOwn   = coord.Zxid(0x10) // czxid of our node
)

func newPlay() *play {
	p := &play{cfg: &Config{Path: playPath, ID: "a", Data: []byte("payload")}, now: playStart, sent: map[CallID]coord.Instant{}, did: map[CallID]Call{}}
	p.ev = Event{Session: 1, Timeout: 6 * time.Second, RenewEvery: time.Second}
	p.m = New(p.cfg)
	return p
}

func (p *play) run(t *testing.T, d *datadriven.TestData) string {
	p.t, p.d = t, d
	p.out.Reset()
	if at, ok := p.arg("at"); ok {
		p.now = p.instant(at)
	}
	command, ok := commands[d.Cmd]
	if !ok {
		d.Fatalf(t, "no such command")
	}
	command(p)
	p.printState()
	return p.out.String()
}

var commands = map[string]func(*play){
	"config":    (*play).config,
	"start":     func(p *play) { p.step(Start) },
	"tick":      func(p *play) { p.step(Tick) },
	"opened":    func(p *play) { p.opened() },
	"suspended": func(p *play) { p.step(Suspended) },
	"resumed":   func(p *play) { p.negotiated(); p.step(Resumed) },
	"expired":   func(p *play) { p.ev.Alive = 0; p.step(Expired) },
	"resign":    func(p *play) { p.step(Resign) },
	"leave":     func(p *play) { p.step(Leave) },
	"reply":     func(p *play) { p.reply(p.m.call) },
	"renewed":   func(p *play) { p.reply(p.m.renewal) },
	"fired":     (*play).fired,
	"returned":  func(p *play) { p.ev.Err = p.anyError(); p.step(RoleReturned) },
	"candidate": (*play).candidate,
	"look":      (*play).look,
	"master":    (*play).master,
}

func (p *play) step(kind EventKind) {
	p.ev.Kind = kind
	if alive, ok := p.arg("alive"); ok {
		p.ev.Alive = p.instant(alive)
	}
	for _, e := range p.m.Step(p.now, p.ev, nil) {
		if e.Kind == DoCall {
			p.sent[e.Call.ID], p.did[e.Call.ID] = p.now, e.Call
		}
		fmt.Fprintln(&p.out, describeEffect(&e))
	}
	p.ev = Event{Alive: p.ev.Alive, Session: p.ev.Session, Timeout: p.ev.Timeout, RenewEvery: p.ev.RenewEvery}
	if p.m.session == 0 {
		p.ev.Alive = 0
	}
}

func (p *play) config() {
	var err error
	if v, ok := p.arg("policy"); ok {
		p.cfg.Policy, err = PolicyByName(v)
		p.check(err)
	}
	if v, ok := p.arg("id"); ok {
		p.cfg.ID = v
	}
	if v, ok := p.arg("path"); ok {
		p.cfg.Path = v
	}
	if p.d.HasArg("stop-on-suspend") {
		p.cfg.OnSuspend = StopAtOnce
	}
	p.cfg.Grace = p.duration("grace", 0)
	p.cfg.Weight = int32(p.number("weight", 0))
	p.check(p.cfg.Validate())
	p.m = New(p.cfg)
}

func (p *play) negotiated() {
	p.ev.Timeout, p.ev.RenewEvery = p.duration("timeout", p.ev.Timeout), p.duration("renew", p.ev.RenewEvery)
}

func (p *play) opened() {
	p.ev.Session = coord.SessionID(p.number("session", int64(p.ev.Session)))
	p.negotiated()
	p.step(Opened)
}

// reply answers a call with what the arguments say.
func (p *play) reply(call CallID) {
	p.ev.Call = CallID(p.number("call", int64(call)))
	p.ev.Err = p.anyError()
	p.ev.Path, _ = p.arg("path")
	p.ev.Data = p.data()
	p.ev.Stat = coord.Stat{
		Czxid: coord.Zxid(p.number("czxid", int64(playHome))), Mzxid: coord.Zxid(p.number("mzxid", 0)),
		Pzxid:   coord.Zxid(p.number("pzxid", int64(playHome))),
		Version: int32(p.number("version", 0)), EphemeralOwner: coord.SessionID(p.number("owner", 0)),
	}
	p.ev.Names = p.names()
	if kind := p.did[p.ev.Call].Kind; p.ev.Err == nil && kind != CallGet && kind != CallChildren && p.m.session != 0 {
		p.ev.Alive = max(p.ev.Alive, p.sent[p.ev.Call].Add(p.ev.Timeout))
	}
	p.step(Reply)
}

func (p *play) names() []string {
	for _, arg := range p.d.CmdArgs {
		if arg.Key == "names" {
			return arg.Vals
		}
	}
	return nil
}

// data is a register, from its members, or any data.
func (p *play) data() []byte {
	if v, ok := p.arg("data"); ok {
		return []byte(v)
	}
	if !p.d.HasArg("term") {
		return nil
	}
	term := p.number("term", 0)
	r := Register{Term: uint64(term), Released: p.d.HasArg("released"), Policy: p.cfg.Policy.name()}
	if holder, ok := p.arg("holder"); ok {
		r.Holder = holder
		c, _ := ParseNode(holder, p.cfg.Policy.Weighted)
		r.ID = c.ID
	}
	if v, ok := p.arg("policy"); ok {
		r.Policy = v
	}
	return r.Encode()
}

// fired ends the watch that is named.
func (p *play) fired() {
	p.ev.Call = CallID(p.number("call", 0))
	for s := range slots {
		if p.d.HasArg(slotNames[s]) {
			p.ev.Call = p.m.watches[s]
		}
	}
	change, _ := p.arg("change")
	for _, c := range []coord.EventType{coord.NodeDeleted, coord.DataChanged, coord.ChildrenChanged} {
		if c.String() == change {
			p.ev.Change = c
		}
	}
	if p.ev.Change == 0 {
		p.d.Fatalf(p.t, "no change %q", change)
	}
	p.step(WatchFired)
}

// candidate goes from the start to the candidate node, and prints only what follows from that.
func (p *play) candidate() {
	p.step(Start)
	p.opened()
	p.out.Reset()
	node, _ := p.arg("node")
	p.ev.Path = p.cfg.Path + "/" + node
	p.ev.Call = p.m.call
	p.ev.Alive = max(p.ev.Alive, p.now.Add(p.ev.Timeout))
	p.step(Reply)
	p.ev.Call, p.ev.Stat = p.m.call, coord.Stat{Czxid: playOwn, EphemeralOwner: p.m.session}
	p.step(Reply)
}

// look answers both reads of a look.
func (p *play) look() {
	p.reply(p.m.call)
	p.reply(p.m.call)
}

// master goes on from a look at a vacant place: the claim succeeds, and the master's watches are armed.
func (p *play) master() {
	p.candidate()
	p.d.CmdArgs = append(p.d.CmdArgs, datadriven.CmdArg{Key: "names", Vals: []string{p.m.node}})
	p.look()
	p.ev.Call, p.ev.Stat = p.m.call, coord.Stat{Czxid: playHome, Mzxid: 0x20, Version: 1}
	p.ev.Alive = p.now.Add(p.ev.Timeout)
	p.step(Reply)
	for p.m.call != 0 {
		p.ev.Call, p.ev.Names = p.m.call, []string{p.m.node}
		p.ev.Stat = coord.Stat{Czxid: playHome, Mzxid: 0x20, Version: 1}
		if p.m.step == leadOwn {
			p.ev.Stat = coord.Stat{Czxid: playOwn, EphemeralOwner: p.m.session}
		}
		p.step(Reply)
	}
	p.out.Reset()
}

func (p *play) arg(key string) (string, bool) {
	for _, arg := range p.d.CmdArgs {
		if arg.Key == key && len(arg.Vals) == 1 {
			return arg.Vals[0], true
		}
	}
	return "", false
}

func (p *play) check(err error) {
	if err != nil {
		p.d.Fatalf(p.t, "%v", err)
	}
}

func (p *play) number(key string, otherwise int64) int64 {
	v, ok := p.arg(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(v, 0, 64)
	p.check(err)
	return n
}

func (p *play) duration(key string, otherwise time.Duration) time.Duration {
	v, ok := p.arg(key)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	p.check(err)
	return d
}

func (p *play) instant(s string) coord.Instant {
	d, err := time.ParseDuration(s)
	p.check(err)
	return playStart.Add(d)
}

var errorNames = map[string]error{
	"no-node": coord.ErrNoNode, "exists": coord.ErrNodeExists, "bad-version": coord.ErrBadVersion, "no-auth": coord.ErrNoAuth,
	"lost": coord.ErrConnectionLoss, "expired": coord.ErrSessionExpired, "boom": errors.New("boom"),
}

func (p *play) anyError() error {
	v, ok := p.arg("err")
	if !ok {
		return nil
	}
	err, ok := errorNames[v]
	if !ok {
		p.d.Fatalf(p.t, "no error %q", v)
	}
	return err
}

package proptest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

const (
	path    = "/e"
	timeout = 10 * time.Second
	waitMax = 4 * time.Second
)

// storm is an election on the fake, whose links and service suffer whatever is drawn.
type storm struct {
	t         *rapid.T
	service   service
	judge     *judge
	admin     coord.Session
	latency   time.Duration
	tick      time.Duration
	slack     time.Duration // what the real client adds to a fail-over
	policy    ha.Policy
	namesakes bool // all candidates have the same id; names then repeat when the path is made anew, so nobody deletes it
	ledger    *ledger
	players   []*player
	most      int // candidates at once
	joined    int
}

// newStorm draws a storm over the fake, or over the embedded server and a real client.
func newStorm(t *rapid.T, real bool) *storm {
	w := &storm{
		t:         t,
		latency:   rapid.SampledFrom([]time.Duration{0, 3 * time.Millisecond, 200 * time.Millisecond}).Draw(t, "latency"),
		policy:    rapid.SampledFrom(election.Policies()).Draw(t, "policy"),
		namesakes: rapid.Bool().Draw(t, "namesakes"),
		most:      rapid.IntRange(2, 4).Draw(t, "candidates"),
		ledger:    newLedger(),
	}
	w.tick = rapid.SampledFrom([]time.Duration{timeout / 1000, timeout / 10}).Draw(t, "tick")
	w.open(real)
	w.judge = newJudge(w.service, w.policy)
	_, err := w.admin.Create(context.Background(), storePath, nil, coord.Persistent)
	w.must(err)
	return w
}

// open starts the service.
func (w *storm) open(real bool) {
	if real {
		w.tick = max(w.tick, timeout/100) // the server looks for what expires once a tick, and that takes longer than all else
		w.latency, w.slack = 0, timeout   // it dials again, and the first renewals may have to come before the role
		server, err := newWired(w.tick, rapid.Bool().Draw(w.t, "tick known"))
		w.must(err)
		w.service, w.admin = server, server.admin
		return
	}
	fake, err := membackend.New(membackend.Config{SessionTimeout: timeout, Latency: w.latency, Tick: w.tick, Journal: kept})
	w.must(err)
	w.service = memory{fake}
	w.admin, err = fake.Client("admin").Open(context.Background())
	w.must(err)
}

func (w *storm) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

// join starts a candidate whose role stops within the grace.
func (w *storm) join(t *rapid.T) {
	if len(w.players) == w.most || w.joined == mostProcesses {
		t.Skip("enough")
	}
	w.joined++
	id := fmt.Sprintf("p%d", w.joined)
	if w.namesakes {
		id = "p"
	}
	p := &player{id: id, process: w.joined - 1, link: w.service.client(id), tape: newTape(), tired: make(chan struct{}, 1), done: make(chan struct{})}
	grace := rapid.SampledFrom([]time.Duration{time.Millisecond, timeout / 10, timeout / 4}).Draw(t, "stop grace")
	wind := rapid.SampledFrom([]time.Duration{0, grace / 2, grace - 1}).Draw(t, "role stops in")
	cfg := ha.Config{
		Path: path, ID: id, Policy: w.policy, WaitMax: waitMax, Observer: p, Logger: p.tape, OpenWithin: -1, StopGrace: grace,
		OnSuspend: rapid.SampledFrom([]election.OnSuspend{ha.KeepLeading, ha.KeepLeading, ha.StopAtOnce}).Draw(t, "on suspend"),
	}
	if w.policy.Weighted {
		cfg.Priority = rapid.Int32Range(-1, 1).Draw(t, "priority")
	}
	var err error
	role := w.judge.role(p.process, grace, w.ledger.role(id, p.work(w.judge), func() { time.Sleep(wind) }))
	p.candidate, err = ha.New(listener{p.link, w.judge, p.process}, cfg, role)
	w.must(err)
	var ctx context.Context
	ctx, p.leave = context.WithCancel(context.Background())
	w.players = append(w.players, p)
	go func() {
		defer close(p.done)
		p.err = p.candidate.Run(ctx)
	}()
}

// check is what must hold at every moment.
func (w *storm) check(*rapid.T) {
	synctest.Wait()
	for _, v := range w.ledger.violations() {
		w.t.Error(v)
	}
	if v := w.judge.verdict(); v != nil {
		w.t.Error(v)
	}
	w.players = slices.DeleteFunc(w.players, func(p *player) bool {
		for _, c := range p.complaints() {
			w.t.Errorf("%s: %s", p.id, c)
		}
		if p.gone() {
			w.left(p)
		}
		return p.gone()
	})
	if w.t.Failed() {
		w.t.Fatalf("roles:\n%v", w.ledger)
	}
}

// left checks that who left cleanly left nothing behind, and plays what its machine was told to a fresh one.
func (w *storm) left(p *player) {
	w.replay(p)
	if p.err != nil && !errors.Is(p.err, ha.ErrNotClean) {
		w.t.Errorf("%s left: %v", p.id, p.err)
	}
	for name := range w.service.nodes() {
		if p.err == nil && !w.namesakes && strings.HasPrefix(name, p.id+"-") {
			w.t.Errorf("%s said that it left cleanly, but %s stands", p.id, name)
		}
	}
}

// calm ends all faults, and checks that the election is as the policy wants it: after the session timeout for what was left behind,
// one and a half ticks, the wait of those whose role failed, the grace of those that are displaced, and some round trips.
func (w *storm) calm() {
	w.service.Up()
	for _, p := range w.players {
		p.link.Heal()
		p.link.Delay(membackend.Both, w.latency)
	}
	time.Sleep(timeout + w.tick*3/2 + waitMax + timeout/4 + 50*w.latency + w.slack)
	w.check(w.t)
	for _, p := range w.players {
		w.replay(p)
	}
	if w.t.Failed() || len(w.players) == 0 {
		return
	}
	now, _ := w.ledger.present()
	view, err := ha.Look(context.Background(), w.admin, path)
	w.must(err)
	if len(now) != 1 || view.Master == nil || coord.JoinPath(path, view.Master.Node) != now[0].term.Node() {
		w.t.Fatalf("L1: %d candidates, running %v, and the register says %+v; roles:\n%v%v", len(w.players), now, view, w.ledger, w.states())
	}
	if n := len(view.Members); n != len(w.players) {
		w.t.Fatalf("S6: %d nodes of %d candidates: %+v\n%v", n, len(w.players), view, w.states())
	}
	if view.Members[0].Node != view.Master.Node {
		w.t.Fatalf("L2: the master is %v, the best %v", *view.Master, view.Members[0])
	}
}

// replay plays what a player's machine was told to a fresh one, and complains of calls that nobody answers.
func (w *storm) replay(p *player) {
	for _, f := range p.tape.faults(true) {
		w.t.Errorf("%s: %s", p.id, f)
	}
	if n := p.tape.unanswered(clock.Now().Add(-timeout)); n > 0 && !p.gone() {
		w.t.Errorf("%s: %d calls were never answered", p.id, n)
	}
	reconnects, kept := w.judge.account(p.process)
	if asked := p.tape.asked(election.Reconnect); asked != reconnects {
		w.t.Errorf("%s: gave a connection up %d times, where its machine asked for %d", p.id, reconnects, asked)
	}
	if p.gone() && kept > 0 {
		w.t.Errorf("%s has left, but kept %d sessions", p.id, kept)
	}
}

func (w *storm) states() string {
	var text strings.Builder
	for _, p := range w.players {
		s, _ := p.candidate.Status()
		fmt.Fprintf(&text, "  %s: %+v after %v\n", p.id, s, p.seen)
	}
	return text.String()
}

// end waits for everybody, whatever went wrong before.
func (w *storm) end() {
	for _, p := range w.players {
		p.leave()
	}
	for _, p := range w.players {
		<-p.done
	}
	w.judge.close()
	_ = w.admin.Close(context.Background())
	w.service.Close()
}

func TestTheRuntimeKeepsItsPromisesInAnyStorm(t *testing.T) { weather(t, false) }

func TestTheRuntimeKeepsItsPromisesInAnyStormWithTheRealClient(t *testing.T) {
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	set(t, "rapid.checks", strconv.Itoa(max(checks/5, 1))) // they take longer
	defer set(t, "rapid.checks", strconv.Itoa(checks))
	weather(t, true)
}

// weather has a bubble for each storm: time in it begins anew.
func weather(t *testing.T, real bool) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newStorm(t, real)
			defer w.end()
			t.Repeat(w.actions())
			w.calm()
		})
	})
}

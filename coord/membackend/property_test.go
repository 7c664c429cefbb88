package membackend_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/clock"
	"github.com/hamaster/hamaster/coord/membackend"
)

// storm is a few clients that make call after call, while links and service suffer whatever is drawn.
type storm struct {
	t       *rapid.T
	ctx     context.Context
	service *membackend.Service
	calm    coord.Session
	clients []*sailor
	version int32 // of /watched
}

// sailor is one client. It makes one call at a time; each that writes makes a node with the next number.
type sailor struct {
	name     string
	link     *membackend.Client
	session  coord.Session
	expired  bool // on demand: AliveUntil has nothing to say about that
	made     []attempt
	busy     result
	watch    *coord.Watch // on /watched
	watching int32        // what its version was
}

type attempt struct {
	path string
	err  error
}

func (w *storm) must(err error) {
	if err != nil {
		w.t.Helper()
		w.t.Fatal(err)
	}
}

func newStorm(t *rapid.T) *storm {
	w := &storm{t: t, ctx: context.Background()}
	cfg := membackend.Config{SessionTimeout: timeout, Latency: time.Duration(rapid.IntRange(0, 2).Draw(t, "latency")) * 10 * moment}
	var err error
	w.service, err = membackend.New(cfg)
	w.must(err)
	w.calm, err = w.service.Client("calm").Open(w.ctx)
	w.must(err)
	w.must(second(w.calm.Create(w.ctx, "/watched", nil, coord.Persistent)))
	for i := range 2 {
		c := &sailor{name: fmt.Sprint("c", i), link: w.service.Client("")}
		w.clients = append(w.clients, c)
		w.launch(c)
	}
	return w
}

func (w *storm) launch(c *sailor) {
	s, err := c.link.Open(w.ctx)
	w.must(err)
	c.session, c.expired, c.watch = s, false, nil
}

func (w *storm) any() *sailor { return rapid.SampledFrom(w.clients).Draw(w.t, "client") }

// write starts a create, if the client is free.
func (w *storm) write(*rapid.T) {
	c := w.any()
	if c.busy != nil {
		return
	}
	ctx, cancel := w.ctx, func() {}
	if patience := rapid.IntRange(0, 4).Draw(w.t, "patience"); patience > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout*time.Duration(patience)/5)
	}
	n := len(c.made)
	c.made = append(c.made, attempt{path: fmt.Sprintf("/%s-%04d", c.name, n)})
	c.busy = start(func() error {
		defer cancel()
		return second(c.session.Create(ctx, c.made[n].path, nil, coord.Persistent))
	})
}

func (w *storm) look(*rapid.T) {
	c := w.any()
	if c.busy != nil {
		return
	}
	c.busy = start(func() error {
		_, stat, watch, err := c.session.Get(w.ctx, "/watched", true)
		if err == nil {
			c.watch, c.watching = watch, stat.Version
		}
		c.made = append(c.made, attempt{err: err})
		return err
	})
}

func (w *storm) change(*rapid.T) {
	stat, err := w.calm.Set(w.ctx, "/watched", nil, coord.AnyVersion)
	if errors.Is(err, coord.ErrConnectionLoss) {
		return // The service is down.
	}
	w.must(err)
	w.version = stat.Version
}

func (w *storm) advance(*rapid.T) {
	time.Sleep(timeout * time.Duration(rapid.IntRange(1, 10).Draw(w.t, "tenths")) / 10)
}

func (w *storm) fault(*rapid.T) {
	c := w.any()
	switch rapid.IntRange(0, 9).Draw(w.t, "fault") {
	case 0, 1:
		c.link.Cut(membackend.Direction(rapid.IntRange(1, 3).Draw(w.t, "way")))
	case 2, 3:
		c.link.Heal()
	case 4:
		c.link.Reset()
	case 5:
		c.link.LoseNextRequest()
	case 6:
		c.link.LoseNextReply()
	case 7:
		c.expired = true
		w.service.Expire(c.session.ID())
	case 8:
		c.session.Reconnect()
	case 9:
		c.link.Delay(membackend.Both, time.Duration(rapid.IntRange(0, 5).Draw(w.t, "delay"))*100*moment)
	}
}

func (w *storm) downtime(*rapid.T) {
	w.service.Down()
	w.advance(nil)
	w.service.Up()
}

// settle notes which calls have ended, and checks what must hold at every moment.
func (w *storm) settle(*rapid.T) {
	synctest.Wait()
	tree := w.service.Tree()
	for _, c := range w.clients {
		if len(c.busy) > 0 {
			c.made[len(c.made)-1].err = <-c.busy
			c.busy = nil
		}
		_, known := tree.Session(c.session.ID())
		state, _ := c.session.State()
		if !known && !c.expired && clock.Now() < c.session.AliveUntil() {
			w.t.Fatalf("%s: the session has ended %v before AliveUntil", c.name, c.session.AliveUntil().Sub(clock.Now()))
		}
		if known && state == coord.Expired {
			w.t.Fatalf("%s: expired, but the service keeps it", c.name)
		}
		if state == coord.Expired && c.busy == nil {
			w.launchWhenPossible(c)
		}
	}
}

func (w *storm) launchWhenPossible(c *sailor) {
	w.must(c.session.Close(w.ctx))
	c.link.Heal()
	c.link.Delay(membackend.Both, 0)
	w.launch(c)
}

// calmDown ends all faults, and checks what must hold in the end.
func (w *storm) calmDown() {
	for _, c := range w.clients {
		c.link.Heal()
		c.link.Delay(membackend.Both, 0)
	}
	time.Sleep(2 * timeout)
	w.settle(nil)
	for _, c := range w.clients {
		if c.busy != nil {
			w.t.Fatalf("%s: a call has not ended long after the last fault", c.name)
		}
		if state, _ := c.session.State(); state != coord.Connected {
			w.t.Fatalf("%s: %v long after the last fault", c.name, state)
		}
		if c.watch != nil && fired(c.watch) != (c.watching != w.version) {
			w.t.Fatalf("%s: watching version %d of %d, fired %v", c.name, c.watching, w.version, fired(c.watch))
		}
		w.judge(c)
		w.must(c.session.Close(w.ctx))
	}
	w.must(w.calm.Close(w.ctx))
	w.service.Close()
}

// judge holds what a client was told against what has happened.
func (w *storm) judge(c *sailor) {
	var last coord.Zxid
	for _, a := range c.made {
		if a.path == "" {
			continue
		}
		stat, err := w.service.Tree().Exists(a.path)
		happened := err == nil
		switch {
		case a.err == nil && !happened:
			w.t.Fatalf("%s succeeded and has not happened", a.path)
		case a.err != nil && !errors.Is(a.err, coord.ErrConnectionLoss) && happened:
			w.t.Fatalf("%s has happened and ended with %v", a.path, a.err)
		case happened && stat.Czxid < last:
			w.t.Fatalf("%s was made after its predecessor had returned, and took effect before it", a.path)
		case happened:
			last = stat.Czxid
		}
	}
}

func TestContractHoldsInAnyStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Only the common methods: asking for the deadline is not allowed in a bubble.
		common := struct{ testing.TB }{t}
		rapid.Check(common, func(t *rapid.T) {
			w := newStorm(t)
			t.Repeat(map[string]func(*rapid.T){
				"write": w.write, "write more": w.write, "look": w.look, "change": w.change,
				"advance": w.advance, "fault": w.fault, "fault more": w.fault, "downtime": w.downtime,
				"": w.settle,
			})
			w.calmDown()
		})
	})
}

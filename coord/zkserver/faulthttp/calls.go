package faulthttp

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// calls is the handlers' common ground.
type calls struct {
	srv *zkserver.Server

	mu sync.Mutex
	// The last maxKept faults, also those that will happen no more: a test asks how often they did, and ends what they delay.
	kept []*zkserver.Injected
}

const maxKept = 1000

func handler(srv *zkserver.Server) http.Handler {
	c := &calls{srv: srv}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", help)
	mux.Handle("GET /sessions", answer(c.sessions))
	mux.Handle("POST /expire", answer(c.expire))
	mux.Handle("POST /move", answer(c.move))
	mux.Handle("POST /drop", answer(on(srv.Drop)))
	mux.Handle("POST /reset", answer(on(srv.Reset)))
	mux.Handle("POST /cut", answer(on(srv.Cut)))
	mux.Handle("POST /heal", answer(on(srv.Heal)))
	mux.Handle("POST /refuse", answer(c.refuse))
	mux.Handle("POST /stop", answer(c.stop))
	mux.Handle("POST /restart", answer(c.restart))
	mux.Handle("POST /advance", answer(c.advance))
	mux.Handle("POST /faults", answer(c.inject))
	mux.Handle("GET /faults", answer(c.faults))
	mux.Handle("DELETE /faults", answer(c.removeAll))
	mux.Handle("GET /faults/{id}", answer(c.fault))
	mux.Handle("DELETE /faults/{id}", answer(c.remove))
	mux.Handle("GET /log", answer(c.log))
	return guarded(mux)
}

type nothing struct{}

// whom names a session, or a connection by the address of its other end. Nobody named means all.
type whom struct {
	Session sessionID `json:"session"`
	Peer    string    `json:"peer"`
}

type count struct {
	Connections int `json:"connections"`
}

func on(do func(...zkserver.Target) int) func(*http.Request, whom) (count, error) {
	return func(_ *http.Request, w whom) (count, error) {
		switch {
		case w.Session != 0 && w.Peer != "":
			return count{}, errors.New("session and peer exclude each other")
		case w.Session != 0:
			return count{do(zkserver.Session(w.Session))}, nil
		case w.Peer != "":
			return count{do(zkserver.Peer(w.Peer))}, nil
		}
		return count{do()}, nil
	}
}

type sessionList struct {
	Sessions []sessionID `json:"sessions"`
}

func (c *calls) sessions(*http.Request, nothing) (sessionList, error) {
	list := sessionList{Sessions: []sessionID{}}
	for _, id := range c.srv.Sessions() {
		list.Sessions = append(list.Sessions, sessionID(id))
	}
	return list, nil
}

type oneSession struct {
	Session sessionID `json:"session"`
}

type expired struct {
	Expired int `json:"expired"`
}

// expire ends one session, or all.
func (c *calls) expire(_ *http.Request, r oneSession) (expired, error) {
	ids := []coord.SessionID{coord.SessionID(r.Session)}
	if r.Session == 0 {
		ids = c.srv.Sessions()
	}
	var e expired
	for _, id := range ids {
		if c.srv.ExpireSession(id) {
			e.Expired++
		}
	}
	return e, nil
}

type moved struct {
	Moved bool `json:"moved"`
}

func (c *calls) move(_ *http.Request, r oneSession) (moved, error) {
	if r.Session == 0 {
		return moved{}, errors.New("session is missing")
	}
	return moved{c.srv.MoveSession(coord.SessionID(r.Session))}, nil
}

type refusal struct {
	On  *bool    `json:"on"`
	For duration `json:"for"`
}

func (c *calls) refuse(_ *http.Request, r refusal) (nothing, error) {
	switch {
	case (r.On == nil) == (r.For == 0):
		return nothing{}, errors.New("either on or for is needed")
	case r.On != nil:
		c.srv.Refuse(*r.On)
	default:
		c.srv.RefuseFor(time.Duration(r.For))
	}
	return nothing{}, nil
}

func (c *calls) stop(*http.Request, nothing) (nothing, error) {
	c.srv.Stop()
	return nothing{}, nil
}

type rebirth struct {
	Keep *bool `json:"keep"`
}

func (c *calls) restart(_ *http.Request, r rebirth) (nothing, error) {
	if r.Keep == nil {
		return nothing{}, errors.New("keep is missing: true for a server that has its disk, false for one that has lost it")
	}
	c.srv.Restart(*r.Keep)
	return nothing{}, nil
}

type step struct {
	By duration `json:"by"`
}

type present struct {
	Now time.Time `json:"now"`
}

// maxStep bounds what one call can make the server go through.
const maxStep = 1000 * time.Hour

func (c *calls) advance(_ *http.Request, r step) (present, error) {
	if d := time.Duration(r.By); d < 0 || d > maxStep {
		return present{}, errors.New("by is from 0 to 1000 hours")
	}
	c.srv.Advance(time.Duration(r.By))
	return present{c.srv.Now().UTC()}, nil
}

func (c *calls) inject(_ *http.Request, f fault) (state, error) {
	i, err := c.srv.Inject(zkserver.Fault{
		Op: f.Op, Path: f.Path, Session: coord.SessionID(f.Session), Skip: f.Skip, Times: int(f.Times), Do: zkserver.Action(f.Do),
		Code: wire.Code(f.Code), Delay: time.Duration(f.Delay), DelayReply: time.Duration(f.DelayReply),
	})
	if err != nil {
		return state{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) == maxKept {
		c.kept = append(c.kept[:0:0], c.kept[1:]...)
	}
	c.kept = append(c.kept, i)
	return stateOf(i), nil
}

func stateOf(i *zkserver.Injected) state {
	f := i.Fault()
	return state{Fault: i.ID(), Hits: i.Hits(), fault: fault{
		Op: f.Op, Path: f.Path, Session: sessionID(f.Session), Skip: f.Skip, Times: times(f.Times), Do: string(f.Do), Code: int32(f.Code),
		Delay: duration(f.Delay), DelayReply: duration(f.DelayReply),
	}}
}

package faulthttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// The calls that ask what has happened, and may wait until something has.

type faultList struct {
	Faults []state `json:"faults"`
}

// faults lists those that may still happen.
func (c *calls) faults(*http.Request, nothing) (faultList, error) {
	list := faultList{Faults: []state{}}
	for _, i := range c.srv.Faults() {
		list.Faults = append(list.Faults, stateOf(i))
	}
	return list, nil
}

// fault tells how often one has happened; with wait, once it has.
func (c *calls) fault(r *http.Request, _ nothing) (state, error) {
	i, err := c.find(r)
	if err != nil {
		return state{}, err
	}
	ctx, cancel, err := waiting(r)
	if err != nil {
		return state{}, err
	}
	defer cancel()
	// Time that is up is no error: the hits tell.
	if err := i.Wait(ctx); err != nil && ctx.Err() == nil {
		return state{}, err
	}
	return stateOf(i), nil
}

func (c *calls) remove(r *http.Request, _ nothing) (state, error) {
	i, err := c.find(r)
	if err != nil {
		return state{}, err
	}
	i.Remove()
	return stateOf(i), nil
}

// removeAll also ends what faults delay that will happen no more.
func (c *calls) removeAll(*http.Request, nothing) (nothing, error) {
	c.mu.Lock()
	kept := slices.Clone(c.kept)
	c.mu.Unlock()
	for _, i := range append(kept, c.srv.Faults()...) {
		i.Remove()
	}
	return nothing{}, nil
}

var errNoFault = errors.New("there is no such fault")

func (c *calls) find(r *http.Request) (*zkserver.Injected, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, errNoFault
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.kept, func(i *zkserver.Injected) bool { return i.ID() == id })
	if at < 0 {
		return nil, errNoFault
	}
	return c.kept[at], nil
}

// waiting is for how long the call may wait: not at all, if the parameter wait is missing.
func waiting(r *http.Request) (context.Context, context.CancelFunc, error) {
	var d time.Duration
	if text := r.URL.Query().Get("wait"); text != "" {
		var err error
		if d, err = time.ParseDuration(text); err != nil || d < 0 || d > maxWait {
			return nil, nil, fmt.Errorf("wait is %q, not from 0s to %v", text, maxWait)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return ctx, cancel, nil
}

type entryList struct {
	Entries []entry `json:"entries"`
	Last    uint64  `json:"last"` // where to go on from
}

// log tells the entries after since that fit the other parameters; with wait, once there is one that does.
func (c *calls) log(r *http.Request, _ nothing) (entryList, error) {
	q := r.URL.Query()
	list := entryList{Entries: []entry{}}
	if text := q.Get("since"); text != "" {
		var err error
		if list.Last, err = strconv.ParseUint(text, 10, 64); err != nil {
			return list, fmt.Errorf("since is %q, not a number", text)
		}
	}
	fits := func(e zkserver.Entry) bool {
		return fits(q.Get("kind"), string(e.Kind)) && fits(q.Get("op"), e.Op) && fits(q.Get("path"), e.Path) &&
			fits(q.Get("session"), e.Session.String())
	}
	ctx, cancel, err := waiting(r)
	if err != nil {
		return list, err
	}
	defer cancel()
	if _, err := c.srv.WaitLog(ctx, list.Last, fits); err != nil && ctx.Err() == nil {
		return list, err
	}
	for _, e := range c.srv.LogSince(list.Last) {
		list.Last = e.Seq
		if fits(e) {
			list.Entries = append(list.Entries, entryOf(e))
		}
	}
	return list, nil
}

func fits(want, got string) bool { return want == "" || want == got }

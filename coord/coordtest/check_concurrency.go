package coordtest

import (
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/hamaster/hamaster/coord"
)

var concurrencyChecks = []check{
	{"ConcurrentSequentialCreatesAreDistinct", nil, concurrentCreates},
	{"ConcurrentCompareAndSetsLoseNoUpdate", nil, concurrentCompareAndSets},
	{"ConcurrentCreatesOfOneNodeHaveOneWinner", nil, concurrentCreatesOfOne},
	{"ConcurrentWatchesAllEnd", nil, concurrentWatches},
	{"ConcurrentUseOfEverythingIsSafe", nil, concurrentUse},
}

func concurrentCreates(e *env) {
	const callers, each = 4, 20
	sessions := []*session{e.open(), e.open()}
	ctx := e.context()
	var mu sync.Mutex
	var made []string
	var errs []error
	var all sync.WaitGroup
	for i := range callers {
		s := sessions[i%len(sessions)]
		all.Go(func() {
			for range each {
				path, err := s.Create(ctx, e.path("q-"), []byte(s.ID().String()), coord.EphemeralSequential)
				mu.Lock()
				made, errs = append(made, path), append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		e.Fatalf("concurrent creates must succeed; got %v", err)
	}
	slices.Sort(made)
	for i, path := range made {
		if want := e.path("q-") + pad(i); path != want {
			e.Fatalf("%d creates must be numbered 0 to %d, each once; in place %d is %s", len(made), len(made)-1, i, path)
		}
	}
	e.calm.barrier()
	if got := len(e.calm.children(e.root)); got != callers*each {
		e.Errorf("each create must make one node; %d made %d", callers*each, got)
	}
}

func pad(n int) string {
	digits := strconv.Itoa(n)
	return "0000000000"[len(digits):] + digits
}

func concurrentCompareAndSets(e *env) {
	const callers, each = 4, 10
	path := e.calm.create(e.path("counter"), []byte("0"), coord.Persistent)
	sessions := []*session{e.open(), e.open()}
	ctx := e.context()
	errs := make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		s := sessions[i%len(sessions)]
		all.Go(func() {
			for done := 0; done < each && errs[i] == nil; {
				data, stat, _, err := s.Get(ctx, path, false)
				if err == nil {
					n, _ := strconv.Atoi(string(data))
					_, err = s.Set(ctx, path, []byte(strconv.Itoa(n+1)), stat.Version)
				}
				if err == nil {
					done++
				} else if !errors.Is(err, coord.ErrBadVersion) && !errors.Is(err, coord.ErrNoNode) {
					errs[i] = err
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		e.Fatalf("get and set must succeed or tell of a wrong version; got %v", err)
	}
	stat := e.calm.mustHold(path, []byte(strconv.Itoa(callers*each)))
	if stat.Version != callers*each {
		e.Errorf("each set that succeeded must count once; %d give version %d", callers*each, stat.Version)
	}
}

func concurrentCreatesOfOne(e *env) {
	sessions := []*session{e.open(), e.open(), e.open()}
	ctx := e.context()
	for i := range 10 {
		path := e.path("n" + strconv.Itoa(i))
		errs := make([]error, 6)
		var all sync.WaitGroup
		for j := range errs {
			s := sessions[j%len(sessions)]
			all.Go(func() { _, errs[j] = s.Create(ctx, path, []byte(s.ID().String()), coord.Ephemeral) })
		}
		all.Wait()
		winners := []string{}
		for j, err := range errs {
			if err == nil {
				winners = append(winners, sessions[j%len(sessions)].ID().String())
			} else {
				e.mustRefuse(err, "create", path, coord.ErrNodeExists)
			}
		}
		if len(winners) != 1 {
			e.Fatalf("of concurrent creates of %s exactly one must succeed; %d did", path, len(winners))
		}
		e.calm.mustHold(path, []byte(winners[0]))
	}
}

func concurrentWatches(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	ctx := e.context()
	for range 10 {
		watches := make([]*coord.Watch, 12)
		errs := make([]error, len(watches))
		version := s.stat(path).Version
		var all sync.WaitGroup
		for i := range watches {
			all.Go(func() { watches[i], errs[i] = watchKinds[i%2].read(ctx, s, path, true) })
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			e.Fatalf("reads must succeed; got %v", err)
		}
		if got := s.stat(path).Version; got != version {
			e.Fatalf("nobody has set the node: it must be at version %d; it is at %d", version, got)
		}
		for _, w := range watches {
			e.mustBeArmed("many armed at once", w)
		}
		e.calm.set(path, nil)
		for _, w := range watches {
			e.mustFire("many armed at once", w, coord.Event{Type: coord.DataChanged, Path: path})
		}
	}
}

func concurrentUse(e *env) {
	const callers, rounds = 8, 10
	s := e.open()
	shared := e.node("shared")
	s.barrier()
	ctx := e.context()
	wrong := make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		own := e.path("own" + strconv.Itoa(i))
		all.Go(func() {
			for range rounds {
				for _, c := range calls {
					at := own
					if !c.write {
						at = shared
					}
					// The transaction sets the node that the call before it has deleted.
					if err := c.do(ctx, s, at); err != nil && (c.op != "multi" || !errors.Is(err, coord.ErrNoNode)) {
						wrong[i] = errors.Join(wrong[i], err)
					}
				}
				_, _ = s.State()
				_, _, _, _ = s.ID(), s.Timeout(), s.RenewEvery(), s.AliveUntil()
			}
		})
	}
	all.Wait()
	if err := errors.Join(wrong...); err != nil {
		e.Errorf("concurrent calls on nodes of their own must all succeed; got %v", err)
	}
}

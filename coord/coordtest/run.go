package coordtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// check is one claim of the contract. Its name is the claim.
type check struct {
	name  string
	needs []Capability
	run   func(e *env)
}

func needs(c ...Capability) []Capability { return c }

// checks returns the whole suite.
func checks() []check {
	return slices.Concat(
		openChecks, closeChecks, stateChecks,
		nodeChecks, versionChecks, statChecks, dataChecks, pathChecks, aclChecks,
		sequenceChecks, ephemeralChecks,
		watchChecks, watchMatrixChecks, watchOrderChecks,
		multiChecks, multiRefusedChecks,
		orderChecks, contextChecks, givenUpChecks,
		lossChecks, reconnectChecks, catchUpChecks, aliveChecks,
		concurrencyChecks, modelChecks,
	)
}

// Run runs the suite against the backend that the harness gives, a subtest for each claim.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatal("coordtest: Harness.New is nil")
	}
	able, report := selectChecks(checks(), h.Lacks)
	if report != "" {
		t.Log(report)
	}
	places := make(chan struct{}, h.parallel())
	var all sync.WaitGroup
	for _, c := range able {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			t.Run(c.name, func(t *testing.T) { h.wrap(t, func(t *testing.T) { runCheck(t, h, c) }) })
		})
	}
	all.Wait()
}

func runCheck(t testing.TB, h Harness, c check) { c.run(newEnv(t, h, c.needs)) }

// selectChecks leaves out what cannot be checked, and says in one line what that is.
func selectChecks(all []check, lacks []Capability) (able []check, report string) {
	var left []string
	for _, c := range all {
		if slices.ContainsFunc(c.needs, func(n Capability) bool { return slices.Contains(lacks, n) }) {
			left = append(left, c.name)
		} else {
			able = append(able, c)
		}
	}
	if len(left) == 0 {
		return able, ""
	}
	return able, fmt.Sprintf("coordtest: the harness lacks %v: of %d checks %d are not run: %s",
		lacks, len(all), len(left), strings.Join(left, ", "))
}

func (h Harness) parallel() int {
	if h.Parallel > 0 {
		return h.Parallel
	}
	return 8
}

func (h Harness) wrap(t *testing.T, body func(t *testing.T)) {
	if h.Wrap == nil {
		body(t)
		return
	}
	h.Wrap(t, body)
}

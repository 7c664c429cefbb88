package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// explored runs `hademo explore` and returns what it prints.
func explored(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot(streams{in: strings.NewReader(""), out: &out, err: &bytes.Buffer{}})
	root.SetArgs(append([]string{"explore"}, args...))
	err := root.Execute()
	return out.String(), err
}

func TestExploreSaysThatItHasSeenAll(t *testing.T) {
	out, err := explored(t, "--policy", "name", "--kinds", "writes")
	if err != nil || !strings.Contains(out, "complete: no violation exists within the bound") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = explored(t, "--depth", "9", "--stop-on-suspend")
	if err != nil || !strings.Contains(out, "bounded by --depth") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestExploreEndsWhenItIsInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(errInterrupted)
	var out bytes.Buffer
	root := newRoot(streams{in: strings.NewReader(""), out: &out, err: &bytes.Buffer{}})
	root.SetArgs([]string{"explore", "--nodes", "3"})
	if err := root.ExecuteContext(ctx); !errors.Is(err, errInterrupted) || !strings.Contains(out.String(), "interrupted") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestExplorePrintsJSON(t *testing.T) {
	out, err := explored(t, "--nodes", "1", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Distinct int
		Complete bool
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Distinct == 0 || !got.Complete {
		t.Errorf("%v: %s", err, out)
	}
}

func TestExploreRefusesWhatItCannotDo(t *testing.T) {
	for _, args := range [][]string{{"--nodes", "4"}, {"--policy", "x"}, {"--kinds", "x"}, {"--faults", "-1"}, {"--depth", "-1"}} {
		if _, err := explored(t, args...); err == nil {
			t.Errorf("accepted: %v", args)
		}
	}
}

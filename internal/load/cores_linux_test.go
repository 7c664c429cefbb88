package main

import (
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestClientAndServersRunOnProcessorsOfTheirOwn(t *testing.T) {
	all := mustProcessors(t)
	client, servers := divide(all)
	broken := errors.New("broken")
	err := apart(func() error {
		return startedOn(t, servers)
	}, func() error {
		if got := mustProcessors(t); !slices.Equal(got, client) {
			t.Errorf("the client runs on %v, want %v", got, client)
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want what the work ended with", err)
	}
	if got := mustProcessors(t); !slices.Equal(got, all) {
		t.Errorf("afterwards on %v, want %v", got, all)
	}
}

func mustProcessors(t *testing.T) []int {
	t.Helper()
	cpus, err := processors()
	if err != nil {
		t.Fatal(err)
	}
	return cpus
}

// startedOn fails the test unless a program that is started now counts these processors.
func startedOn(t *testing.T, cpus []int) error {
	t.Helper()
	out, err := exec.Command("nproc").Output()
	if got, want := strings.TrimSpace(string(out)), strconv.Itoa(len(cpus)); err == nil && got != want {
		t.Errorf("a server has %s processors, want %s", got, want)
	}
	return err
}

func TestTheLastProcessorIsTheClients(t *testing.T) {
	for _, c := range []struct{ all, client, servers []int }{
		{[]int{3}, []int{3}, []int{3}},
		{[]int{0, 1}, []int{1}, []int{0}},
		{[]int{0, 2, 4}, []int{4}, []int{0, 2}},
	} {
		if client, servers := divide(c.all); !slices.Equal(client, c.client) || !slices.Equal(servers, c.servers) {
			t.Errorf("of %v the client gets %v and the servers %v", c.all, client, servers)
		}
	}
}

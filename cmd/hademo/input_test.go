package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
)

// mute accepts connections and never answers.
func mute(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String() // the system completes the connections
}

// unused is an address that nobody serves.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestBadInputIsNamedOnOneLineAndLeavesNothing(t *testing.T) {
	t.Parallel()
	zk := embedded(t).Addr()
	s := client(t, zk)
	if _, err := s.Create(t.Context(), "/foreign", []byte("somebody's"), coord.Persistent); err != nil {
		t.Fatal(err)
	}
	big := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(big, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("input", func(t *testing.T) {
		for name, c := range badInput(zk, mute(t), unused(t), big) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := start(t, c.args...)
				status := p.exit()
				said := strings.TrimRight(p.errors(), "\n")
				if status != exitFailed || !strings.HasPrefix(said, "hademo: ") || !strings.Contains(said, c.want) || strings.Contains(said, "\n") {
					t.Errorf("status %d, standard error %q; want one line with %s", status, said, c.want)
				}
			})
		}
	})
	for _, path := range []string{defaultPath, "/grace", "/a", "/a/b", "/nothing"} {
		if got := members(t, s, path); len(got) > 0 {
			t.Errorf("%s has candidates: %v", path, got)
		}
	}
	if data, _, _, err := s.Get(t.Context(), "/foreign", false); string(data) != "somebody's" || err != nil {
		t.Errorf("data that is no register has become %q, %v", data, err)
	}
}

type badCommand struct {
	args []string
	want string // in the error
}

// badInput has a server's address, one that is silent, one that is not served, and a file that is too big.
func badInput(zk, silent, dead, big string) map[string]badCommand {
	candidate := func(args ...string) []string { return append([]string{"node", "--zk", zk, "--id", "n"}, args...) }
	return map[string]badCommand{
		"port is no number":      {candidate("--zk", "host:port"), `"host:port"`},
		"port too large":         {candidate("--zk", "127.0.0.1:99999"), `"127.0.0.1:99999"`},
		"address empty":          {candidate("--zk", ""), `address ""`},
		"one of the servers bad": {candidate("--zk", zk+",,"), `server ""`},
		"server unreachable":     {candidate("--zk", dead, "--timeout", "300ms"), dead},
		"server silent":          {candidate("--zk", silent, "--timeout", "300ms"), silent},
		"chroot missing":         {candidate("--zk", zk+"/nowhere"), "/nowhere"},
		"chroot malformed":       {candidate("--zk", zk+"/a//b"), "/a//b"},
		"id empty":               {candidate("--id", ""), `candidate ""`},
		"id with slash":          {candidate("--id", "a/b"), `"a/b"`},
		"path relative":          {candidate("--path", "a/b"), `"a/b"`},
		"path ends in slash":     {candidate("--path", "/a/"), `"/a/"`},
		"path is the root":       {candidate("--path", "/"), "root"},
		"timeout zero":           {candidate("--timeout", "0s"), "--timeout 0s"},
		"timeout negative":       {candidate("--timeout", "-1s"), "--timeout -1s"},
		"timeout no duration":    {candidate("--timeout", "soon"), `"soon"`},
		"payload over 1 MiB":     {candidate("--data-file", big), big},
		"payload not there":      {candidate("--data-file", big+"ger"), big + "ger"},
		"payload twice":          {candidate("--data-file", big, "--data", "x"), "data-file"},
		"policy unknown":         {candidate("--policy", "fairest"), `"fairest"`},
		"priority without it":    {candidate("--priority", "3"), "priority 3"},
		"suspension unknown":     {candidate("--on-suspend", "panic"), `"panic"`},
		"grace too long":         {candidate("--grace", "9s", "--path", "/grace"), "grace 9s"},
		"no register":            {candidate("--path", "/foreign"), "/foreign"},
		"log level unknown":      {candidate("--log-level", "loud"), `"loud"`},
		"flag unknown":           {candidate("--nonsense"), "--nonsense: hademo node --help"},
		"argument unknown":       {candidate("nonsense"), `"nonsense"`},
		"command unknown":        {[]string{"nonsense"}, `"nonsense": hademo --help`},
		"command misspelt":       {[]string{"nod"}, `"nod": did you mean node?`},
		"status: no election":    {[]string{"status", "--zk", zk, "--path", "/nothing"}, "/nothing"},
		"status: no register":    {[]string{"status", "--zk", zk, "--path", "/foreign"}, "/foreign"},
		"status: silent":         {[]string{"status", "--zk", silent, "--timeout", "300ms"}, silent},
		"serve: port in use":     {[]string{"serve", "--addr", zk}, zk},
		"serve: not loopback":    {[]string{"serve", "--addr", "0.0.0.0:0"}, `"0.0.0.0:0" is not on the loopback interface`},
		"serve: faults remote":   {[]string{"serve", "--addr", "127.0.0.1:0", "--faults", "0.0.0.0:0"}, `"0.0.0.0:0" is not on the loopback interface`},
		"serve: no address":      {[]string{"serve", "--addr", "nonsense"}, `"nonsense"`},
		"demo: unreachable":      {[]string{"--zk", dead, "--timeout", "300ms"}, dead},
		"demo: timeout zero":     {[]string{"--timeout", "0s"}, "--timeout 0s"},
		"demo: path relative":    {[]string{"--path", "a"}, `"a"`},
		"demo: policy unknown":   {[]string{"--policy", "fairest"}, `"fairest"`},
		"demo: pace negative":    {[]string{"--pace", "-1s"}, "--pace -1s"},
		"demo: no register":      {[]string{"--zk", zk, "--path", "/foreign"}, "/foreign"},
	}
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/ha"
)

// patience is the bound on everything that should happen soon.
const patience = time.Minute

// asCommand, in the environment, makes the test binary be the command.
const asCommand = "HADEMO_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "1" {
		main()
		return
	}
	flag.Parse()
	// The tests wait for other processes far more than they compute.
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := parallel.Value.Set("8"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// process is a command that a test runs. What it prints is kept.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan struct{}

	mu      sync.Mutex
	lines   []string
	stderr  bytes.Buffer
	changed chan struct{} // closed at the next output
}

// start runs `hademo args...`; it is killed at the end of the test, if it still runs.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(program, args...), ended: make(chan struct{}), changed: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), asCommand+"=1")
	p.cmd.Stderr = stderrOf{p}
	p.cmd.SysProcAttr = childAttributes()
	stdout, err := p.cmd.StdoutPipe()
	if err == nil {
		p.stdin, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go p.run(stdout)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("hademo %s printed:\n%s\nand on standard error:\n%s", strings.Join(args, " "), strings.Join(p.output(), "\n"), p.errors())
		}
	})
	return p
}

func (p *process) run(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		p.update(func() { p.lines = append(p.lines, lines.Text()) })
	}
	_ = p.cmd.Wait()
	close(p.ended)
	p.update(func() {})
}

func (p *process) update(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

type stderrOf struct{ p *process }

func (e stderrOf) Write(b []byte) (n int, err error) {
	e.p.update(func() { n, err = e.p.stderr.Write(b) })
	return n, err
}

func (p *process) output() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

func (p *process) errors() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// await waits until done, which is asked again after each output.
func (p *process) await(what string, done func() bool) {
	p.t.Helper()
	limit := time.After(patience)
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if done() {
			return
		}
		select {
		case <-changed:
		case <-limit:
			p.t.Fatalf("in vain waited for: %s", what)
		}
	}
}

func (p *process) awaitLine(part string) {
	p.t.Helper()
	p.await("a line with "+part, func() bool { return strings.Contains(strings.Join(p.output(), "\n"), part) })
}

// records are the lines of a node with --json; a line that is anything else fails the test.
func (p *process) records() []record {
	p.t.Helper()
	var all []record
	for _, line := range p.output() {
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		var r record
		if err := d.Decode(&r); err != nil || d.More() {
			p.t.Fatalf("%q is not a record: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// event waits for the n-th event of a kind, from 1.
func (p *process) event(kind ha.EventKind, n int) record {
	p.t.Helper()
	var found record
	p.await(string(kind), func() bool {
		count := 0
		for _, r := range p.records() {
			if r.Event == kind {
				count++
				found = r
			}
			if count == n {
				return true
			}
		}
		return false
	})
	return found
}

// kinds are the events so far, in order.
func (p *process) kinds() string {
	p.t.Helper()
	var all []string
	for _, r := range p.records() {
		all = append(all, string(r.Event))
	}
	return strings.Join(all, " ")
}

// turns are the kinds of events without those of the connection alone, which a busy machine may lose for a moment.
func (p *process) turns() string {
	p.t.Helper()
	return strings.NewReplacer(" suspended", "", " resumed", "").Replace(p.kinds())
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// leave asks the process to leave, as the demonstration does.
func (p *process) leave() {
	p.t.Helper()
	if err := askToLeave(p.cmd.Process, p.stdin); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) kill() time.Time {
	p.t.Helper()
	at := time.Now()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	return at
}

// exit waits for the end, and returns the status.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("in vain waited for the process to end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// startNode starts a candidate that prints JSON.
func startNode(t *testing.T, zk, path, id string, more ...string) *process {
	t.Helper()
	args := []string{"node", "--json", "--stop-on-eof", "--zk", zk, "--path", path, "--id", id}
	return start(t, append(args, more...)...)
}

// embedded starts a server in this process.
func embedded(t *testing.T) *zkserver.Server {
	t.Helper()
	server, err := zkserver.Start(zkserver.Config{TickTime: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// client opens a session to look with.
func client(t *testing.T, zk string) coord.Session {
	t.Helper()
	backend, err := zkbackend.New(zkbackend.Config{Servers: []string{zk}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := backend.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// members are the ids of the candidates, best first; none where there is no election.
func members(t *testing.T, s coord.Session, path string) []string {
	t.Helper()
	view, err := ha.Look(t.Context(), s, path)
	if errors.Is(err, coord.ErrNoNode) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range view.Members {
		ids = append(ids, m.ID)
	}
	return ids
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/hamaster/hamaster/internal/zktest"
)

// server is a server in a process of its own.
type server interface {
	addr() string
	start() error // does not wait until it serves
	pid() int
	stop() error // waits until it is gone
	close() error
}

// genuine is a real ZooKeeper server.
type genuine struct{ *zktest.Ensemble }

// Options of the Java process. A server that is to start quickly and stay small has neither the better compiler nor a large heap;
// one that is to work hard has both, as a real one would.
var (
	quickStart []string // zktest's own
	hardWork   = []string{"-Xms1g", "-Xmx1g"}
)

// launchGenuine starts a real server once, so that its directory is there.
func launchGenuine(ctx context.Context, jvm []string) (server, error) {
	e, err := zktest.Launch(ctx, zktest.Config{Tick: 2 * time.Second, JVM: jvm})
	if err != nil {
		return nil, err
	}
	return genuine{e}, nil
}

func (g genuine) addr() string { return g.Servers[0].Addr() }
func (g genuine) start() error { return g.Servers[0].Start() }
func (g genuine) pid() int     { return g.Servers[0].PID() }
func (g genuine) stop() error  { return g.Servers[0].Stop() }
func (g genuine) close() error { return g.Close() }

// embedded is the server of this project, in a program of its own.
type embedded struct {
	command []string // which takes the address as one more argument
	at      string
	cmd     *exec.Cmd // nil while it is down
}

// launchEmbedded starts the server on a port that is free now.
func launchEmbedded(command ...string) (server, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &embedded{command: command, at: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	return e, e.start()
}

// launchHademo starts the server as `hademo serve` runs it.
func launchHademo(dir string) (server, error) {
	program, err := build(dir, "cmd/hademo")
	if err != nil {
		return nil, err
	}
	return launchEmbedded(program, "serve", "--addr")
}

// launchAlone starts the server in a program that is nothing else.
func launchAlone(dir string) (server, error) {
	program, err := build(dir, "internal/load/alone")
	if err != nil {
		return nil, err
	}
	return launchEmbedded(program)
}

// build compiles one of this project's commands into the directory, without C, as a program to hand out is. It returns its path.
func build(dir, name string) (string, error) {
	program := filepath.Join(dir, path.Base(name))
	cmd := exec.Command("go", "build", "-o", program, "github.com/hamaster/hamaster/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, output)
	}
	return program, nil
}

func (e *embedded) addr() string { return e.at }
func (e *embedded) pid() int     { return e.cmd.Process.Pid }

func (e *embedded) start() error {
	e.cmd = exec.Command(e.command[0], append(e.command[1:len(e.command):len(e.command)], e.at)...)
	e.cmd.Stderr = os.Stderr
	return e.cmd.Start()
}

func (e *embedded) stop() error {
	if e.cmd == nil {
		return nil
	}
	cmd := e.cmd
	e.cmd = nil
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	return cmd.Wait()
}

func (e *embedded) close() error { return e.stop() }

// firstAnswer starts a server that is down and says how long it took until the first client had its session.
func firstAnswer(s server) (time.Duration, error) {
	began := time.Now()
	if err := s.start(); err != nil {
		return 0, err
	}
	if err := awaitServing(s.addr()); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// awaitServing returns when a client gets a session. It asks so often that asking is not what is measured. A ZooKeeper that is just
// starting may take a connection and never answer on it, so that none is waited for long.
func awaitServing(addr string) error {
	const pause, attempt = 200 * time.Microsecond, 100 * time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		s, err := open(addr, attempt)
		if err == nil {
			return s.close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// memory is what a process holds of it, in bytes, as Linux counts it (proc(5)).
type memory struct {
	resident int64 // VmRSS
	own      int64 // RssAnon: what is not mapped from files, such as the program itself
}

func (m *memory) read(pid int) error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err
	}
	for name, value := range map[string]*int64{"VmRSS": &m.resident, "RssAnon": &m.own} {
		_, rest, _ := strings.Cut(string(status), "\n"+name+":")
		if _, err := fmt.Sscanf(rest, "%d kB", value); err != nil {
			return fmt.Errorf("%s of process %d: %w", name, pid, err)
		}
		*value <<= 10
	}
	return nil
}

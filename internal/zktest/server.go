package zktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stopTimeout is how long a server may take to end after it was asked to, before it is killed.
const stopTimeout = 10 * time.Second

// initTime is how long the servers may take to agree once one has been elected their leader, and be it for their first start on a busy
// machine; and how long they stay without one if that comes to nothing.
const initTime = 5 * time.Second

// Server is one ZooKeeper server. Its address stays the same over restarts. The methods are not for concurrent use, Addr excepted.
type Server struct {
	id                       int
	dir                      string
	jvm                      []string
	client, quorum, election port
	log                      tail
	process                  *process // nil while it is down
}

// process is one life of a server.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once it has been waited for
}

func newServer(dir string, id int) (s *Server, err error) {
	s = &Server{id: id, dir: filepath.Join(dir, strconv.Itoa(id))}
	for _, p := range []*port{&s.client, &s.quorum, &s.election} {
		if *p, err = reservePort(); err != nil {
			s.release()
			return nil, err
		}
	}
	return s, os.MkdirAll(s.dir, 0o700)
}

func (s *Server) release() {
	for _, p := range []port{s.client, s.quorum, s.election} {
		p.release()
	}
}

// configure writes the server's files.
func (s *Server) configure(cfg Config, all []*Server) error {
	s.jvm = cfg.JVM
	settings := map[string]string{
		"tickTime":               strconv.FormatInt(cfg.Tick.Milliseconds(), 10),
		"dataDir":                s.dir,
		"clientPort":             strconv.Itoa(s.client.number),
		"clientPortAddress":      "127.0.0.1",
		"maxClientCnxns":         "0",
		"initLimit":              strconv.Itoa(max(2, int(initTime/cfg.Tick))),
		"syncLimit":              "10",
		"admin.enableServer":     "false",
		"4lw.commands.whitelist": "*",
		"forceSync":              "no",

		// An elected leader that is slow to open its port costs more than its slowness: a follower tries five times to reach it, with
		// this pause in milliseconds between (quorum.Learner, LeaderConnector; 100 if nothing is said). Then it goes back to
		// looking for one, alone, while the leader waits for it for initLimit ticks (quorum.Leader, getEpochToPropose): nobody is
		// served for so long. With 100 ms and an initLimit of ten seconds that came about on a busy machine.
		"leaderConnectDelayDuringRetryMs": "300",
	}
	if len(all) > 1 {
		for _, o := range all {
			settings["server."+strconv.Itoa(o.id)] = fmt.Sprintf("127.0.0.1:%d:%d", o.quorum.number, o.election.number)
		}
		if err := os.WriteFile(filepath.Join(s.dir, "myid"), []byte(strconv.Itoa(s.id)), 0o600); err != nil {
			return err
		}
	}
	maps.Copy(settings, cfg.Extra)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s=%s\n", name, settings[name])
	}
	return os.WriteFile(s.configFile(), []byte(text.String()), 0o600)
}

func (s *Server) configFile() string { return filepath.Join(s.dir, "zoo.cfg") }

// Addr is where clients connect.
func (s *Server) Addr() string { return s.client.addr() }

// PID is the number of the server's process, or 0 while it is down.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.cmd.Process.Pid
}

// Start starts a server that is down. It does not wait until it serves.
func (s *Server) Start() error {
	if s.process != nil {
		return fmt.Errorf("zktest: server %d runs already", s.id)
	}
	cmd, err := command(s.configFile(), s.jvm)
	if err != nil {
		return err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // how it ended does not matter: it was killed, or WaitServing says what it printed
	}()
	s.process = p
	return nil
}

// Stop asks the server to end and waits until it has. Sessions and data stay.
func (s *Server) Stop() error { return s.end(terminate) }

// Kill ends the server at once, paused or not, and waits until it is gone. Sessions and data stay.
func (s *Server) Kill() error { return s.end((*os.Process).Kill) }

func (s *Server) end(signal func(*os.Process) error) error {
	p := s.process
	if p == nil {
		return nil
	}
	s.process = nil
	if err := signal(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopTimeout):
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	return fmt.Errorf("zktest: server %d had to be killed", s.id)
}

// Restart starts the server, stopping it first if it runs, and returns once it serves.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return err
	}
	return s.WaitServing(ctx)
}

// Pause freezes the server (SIGSTOP): its connections stay open and are not answered.
func (s *Server) Pause() error { return s.signal(freeze) }

// Resume lets a frozen server go on.
func (s *Server) Resume() error { return s.signal(thaw) }

func (s *Server) signal(send func(*os.Process) error) error {
	if s.process == nil {
		return fmt.Errorf("zktest: server %d is down", s.id)
	}
	return send(s.process.cmd.Process)
}

// WaitServing returns once the server serves clients; at once if it is down.
func (s *Server) WaitServing(ctx context.Context) error {
	p := s.process
	if p == nil {
		return nil
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := poll(waiting, func() error {
		select {
		case <-p.ended:
			cancel(errors.New("it has ended"))
		default:
		}
		_, err := s.Mode(waiting)
		return err
	})
	if err != nil {
		return fmt.Errorf("zktest: server %d does not serve: %w; it printed: %s", s.id, err, &s.log)
	}
	return nil
}

// Log is the last of what the server has printed over all its lives: 64 KiB at least, if there was so much, and 128 KiB at most.
func (s *Server) Log() string { return s.log.String() }

// Mode is "leader", "follower" or "standalone", or an error where the server does not serve.
func (s *Server) Mode(ctx context.Context) (string, error) {
	answer, err := s.Ask(ctx, "srvr")
	if err != nil {
		return "", err
	}
	_, mode, found := strings.Cut(answer, "\nMode: ")
	if !found {
		return "", fmt.Errorf("zktest: server %d: %s", s.id, strings.TrimSpace(answer))
	}
	mode, _, _ = strings.Cut(mode, "\n")
	return mode, nil
}

// Ask sends one of the four-letter words ("srvr", "mntr", "wchs", ...) and returns the answer.
func (s *Server) Ask(ctx context.Context, word string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second) // a frozen server accepts, and says nothing
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.Addr())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, word); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	return string(answer), err
}

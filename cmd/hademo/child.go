package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/ha/election"
)

// child is one candidate process. Its fields but ended belong to the stage's goroutine.
type child struct {
	candidate election.Candidate // as the policy ranks it
	cmd       *exec.Cmd
	stdin     io.Closer
	stderr    *tail
	ended     chan struct{} // closed once the process is gone and waited for

	state    ha.EventKind // the last of its events that says where it stands
	leaving  bool         // it was asked to
	killedAt time.Time
	gone     bool // the stage has heard of its end
}

// sighting is what a child printed, or its end.
type sighting struct {
	from   *child
	record record
	ended  bool
	err    error // of its end, or of what it printed
}

// start starts the process. What it prints, and last its end, is given to report by a goroutine that ends with it.
func (c *child) start(program string, args []string, report func(sighting)) error {
	c.cmd = exec.Command(program, args...)
	c.cmd.SysProcAttr = childAttributes()
	c.stderr = &tail{}
	c.cmd.Stderr = c.stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("starting candidate %s: %w", c.candidate.ID, err)
	}
	c.stdin, c.ended = stdin, make(chan struct{})
	go func() {
		defer close(c.ended)
		c.listen(stdout, report)
		report(sighting{from: c, ended: true, err: c.cmd.Wait()})
	}()
	return nil
}

// listen reports the lines until there are no more.
func (c *child) listen(stdout io.Reader, report func(sighting)) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		s := sighting{from: c}
		if err := json.Unmarshal(lines.Bytes(), &s.record); err != nil {
			s.err = fmt.Errorf("candidate %s printed %q: %w", c.candidate.ID, lines.Text(), err)
		}
		report(s)
	}
	// After a line that is too long the process must not be left with a pipe that nobody empties.
	_, _ = io.Copy(io.Discard, stdout)
}

// kill ends the process without a chance to say anything, and returns when that was.
func (c *child) kill() (time.Time, error) {
	c.killedAt = time.Now()
	return c.killedAt, c.cmd.Process.Kill()
}

// leave asks the process to leave gracefully.
func (c *child) leave() error {
	c.leaving = true
	return askToLeave(c.cmd.Process, c.stdin)
}

// end makes sure that the process is gone when it returns: gracefully if that takes no longer than until grace is closed. The
// process's reports must be taken, or dropped, meanwhile.
func (c *child) end(grace <-chan struct{}) {
	select {
	case <-c.ended:
		return
	case <-grace:
	}
	_ = c.cmd.Process.Kill() // it may have ended just now
	<-c.ended
}

// endedAsAsked reports whether err, of Wait, is how this child was to end.
func (c *child) endedAsAsked(err error) bool {
	return !c.killedAt.IsZero() || c.leaving && err == nil
}

// complaint describes an end that nobody asked for.
func (c *child) complaint(err error) error {
	how := "with status 0"
	if err != nil {
		how = err.Error()
	}
	if said := strings.TrimSpace(c.stderr.String()); said != "" {
		how += ": " + said
	}
	return fmt.Errorf("candidate %s ended: %s", c.candidate.ID, how)
}

// tail keeps the last of what a process writes.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

package interop

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience bounds one program on a busy machine.
const patience = 4 * time.Minute

// program makes the command that runs a client's claims against a server.
type program func(ctx context.Context, linked, direct string) *exec.Cmd

// claim is what a program said of one claim: its notes, and at the end "ok" or what went wrong.
type claim struct {
	name string
	said []string
}

// compareClaims runs the program against both servers. Every claim must hold on both, and say the same.
func compareClaims(t *testing.T, p program) {
	t.Helper()
	genuine, ours := startPair(t)
	var expected, got []claim
	var both sync.WaitGroup
	both.Go(func() { expected = genuine.claims(t, p) })
	both.Go(func() { got = ours.claims(t, p) })
	both.Wait()
	if len(expected) == 0 || len(expected) != len(got) {
		t.Errorf("%d claims on %s, %d on %s", len(expected), genuine.name, len(got), ours.name)
	}
	for i := range min(len(expected), len(got)) {
		t.Run(expected[i].name, func(t *testing.T) {
			if !expected[i].holds(t, genuine) || !got[i].holds(t, ours) {
				return
			}
			if diff := cmp.Diff(expected[i], got[i], cmp.AllowUnexported(claim{})); diff != "" {
				t.Errorf("%s (-), %s (+):\n%s", genuine.name, ours.name, diff)
			}
		})
	}
}

func (c claim) holds(t *testing.T, on *side) bool {
	n := len(c.said)
	if n > 0 && c.said[n-1] == "ok" {
		return true
	}
	t.Errorf("on %s:\n%s", on.name, strings.Join(c.said, "\n"))
	return false
}

// claims runs the program against one server, and does the faults that it asks for.
func (s *side) claims(t *testing.T, p program) []claim {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := p(ctx, s.link.Addrs()[0], s.addr)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	answers, err := cmd.StdinPipe()
	if err != nil {
		t.Error(err)
		return nil
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return nil
	}
	if err := cmd.Start(); err != nil {
		t.Errorf("%s: %v", s.name, err)
		return nil
	}
	all := s.listen(t, output, answers)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", s.name, err, complaints.String())
	}
	return all
}

func (s *side) listen(t *testing.T, output io.Reader, answers io.Writer) []claim {
	var all []claim
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		line := lines.Text()
		if name, begins := strings.CutPrefix(line, "= "); begins {
			all = append(all, claim{name: name})
		} else if fault, asks := strings.CutPrefix(line, "! "); asks {
			s.suffer(t, fault)
			if _, err := io.WriteString(answers, "done\n"); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		} else if len(all) > 0 {
			last := &all[len(all)-1]
			last.said = append(last.said, line)
		}
	}
	if err := lines.Err(); err != nil {
		t.Errorf("%s: %v", s.name, err)
	}
	return all
}

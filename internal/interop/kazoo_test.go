package interop

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hamaster/hamaster/internal/zktest"
)

func TestKazooSeesNoDifference(t *testing.T) {
	t.Parallel() // it mostly waits
	zktest.Need(t)
	python := zktest.NeedKazoo(t)
	compareClaims(t, func(ctx context.Context, linked, direct string) *exec.Cmd {
		return exec.CommandContext(ctx, python, "-B", filepath.Join("testdata", "kazoo", "run.py"), linked, direct)
	})
}

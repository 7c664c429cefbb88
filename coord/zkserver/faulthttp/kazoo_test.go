package faulthttp_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/faulthttp"
	"github.com/hamaster/hamaster/internal/zktest"
)

// patience bounds every wait of these tests. It is never waited for in vain when all is well.
const patience = time.Minute

func start(t testing.TB) (*zkserver.Server, *faulthttp.Server) {
	t.Helper()
	srv := zkserver.ForTest(t, zkserver.Config{})
	faults, err := faulthttp.Start("127.0.0.1:0", srv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := faults.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv, faults
}

func TestTheExampleInPythonPasses(t *testing.T) {
	python := zktest.NeedKazoo(t)
	srv, faults := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/test_lost_reply.py", srv.Addr(), faults.Addr())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

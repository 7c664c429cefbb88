package zkbackend_test

import (
	"context"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/internal/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tick = 200 * time.Millisecond

// startEmbedded starts an embedded server on loopback.
func startEmbedded(t testing.TB) *zkserver.Server {
	t.Helper()
	server, err := zkserver.Start(zkserver.Config{TickTime: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(t, server) })
	return server
}

func closeServer(t testing.TB, server *zkserver.Server) {
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// piped is an embedded server that is reached through pipes alone.
type piped struct{ *zkserver.Server }

func newPiped(t testing.TB) piped {
	t.Helper()
	server, err := zkserver.New(zkserver.Config{TickTime: tick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(t, server) })
	return piped{server}
}

func (s piped) dial(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	return client, s.ServeConn(server)
}

// proxy puts a faulty link before the server.
func (s piped) proxy(t testing.TB) *zktest.Proxy {
	t.Helper()
	p := zktest.NewPipeProxy(s.dial)
	t.Cleanup(p.Close)
	return p
}

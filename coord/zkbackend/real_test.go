package zkbackend

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/internal/zktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSmoke(t *testing.T) {
	e := zktest.Start(t, zktest.Config{})
	b, err := New(Config{Servers: e.Addrs(), SessionTimeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := b.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, w, err := s.Exists(ctx, "/a", true)
	t.Log(s.ID(), s.Timeout(), err, w)
	p, err := s.Create(ctx, "/a", []byte("x"), coord.Ephemeral)
	t.Log(p, err)
	t.Log(w.Event())
	res, err := s.Multi(ctx, coord.CheckOp("/a", 0), coord.SetOp("/a", nil, 0))
	t.Log(res, err, s.AliveUntil(), s.RenewEvery())
	_, err = s.Multi(ctx, coord.CheckOp("/a", 1), coord.SetOp("/a", nil, 0))
	t.Log(err)
	d, st, w, err := s.Get(ctx, "/a", true)
	t.Log(d, st, err)
	s.Reconnect()
	t.Log(s.Delete(ctx, "/a", -1))
	s.(*session).awaitConnected(ctx)
	t.Log(s.Delete(ctx, "/a", -1))
	t.Log(w.Event())
	t.Log(s.Close(ctx))
}

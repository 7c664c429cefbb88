package zkbackend_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/internal/zktest"
)

// eachServer runs a test on the embedded server and on a real one.
func eachServer(t *testing.T, test func(t *testing.T, addr string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, startEmbedded(t).Addr()) })
	t.Run("real", func(t *testing.T) { test(t, zktest.Start(t, zktest.Config{}).Servers[0].Addr()) })
}

func TestChrootIsHiddenFromWhoWorksBelowIt(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		ctx := t.Context()
		outer := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}}))
		defer mustClose(t, outer)
		for _, path := range []string{"/app", "/app/one", "/app-two"} {
			if _, err := outer.Create(ctx, path, []byte(path), coord.Persistent); err != nil {
				t.Fatal(err)
			}
		}
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}, Chroot: "/app/one"}))
		defer mustClose(t, s)

		data, _, changed, err := s.Get(ctx, "/", true)
		if err != nil || string(data) != "/app/one" {
			t.Fatalf("the root below the chroot holds %q, %v", data, err)
		}
		_, created, err := s.Exists(ctx, "/app", true)
		if named := (*coord.Error)(nil); !errors.As(err, &named) || named.Path != "/app" || !errors.Is(err, coord.ErrNoNode) {
			t.Fatalf("what is outside must not be seen: %v", err)
		}
		path, err := s.Create(ctx, "/q-", nil, coord.PersistentSequential)
		if err != nil || path != "/q-0000000000" {
			t.Fatalf("made %q, %v", path, err)
		}
		// A name that is all number lies below the chroot, too, and not beside it.
		if path, err := s.Create(ctx, "/", nil, coord.PersistentSequential); err != nil || path != "/0000000001" {
			t.Fatalf("made %q, %v", path, err)
		}
		numbers, err := s.Multi(ctx, coord.CreateOp("/", nil, coord.PersistentSequential))
		if err != nil || numbers[0].Path != "/0000000002" {
			t.Fatalf("transaction made %+v, %v", numbers, err)
		}
		results, err := s.Multi(ctx, coord.CreateOp("/app", nil, coord.Persistent), coord.SetOp("/", []byte("new"), 0))
		if err != nil || results[0].Path != "/app" {
			t.Fatalf("transaction: %+v, %v", results, err)
		}
		if event, fired := created.Event(); !fired || event != (coord.Event{Type: coord.NodeCreated, Path: "/app"}) {
			t.Errorf("creation: %v, %v", event, fired)
		}
		if event, fired := changed.Event(); !fired || event != (coord.Event{Type: coord.DataChanged, Path: "/"}) {
			t.Errorf("change of the root: %v, %v", event, fired)
		}
		_, err = s.Multi(ctx, coord.CheckOp("/", coord.AnyVersion), coord.CheckOp("/none", 0))
		if named := (*coord.Error)(nil); !errors.As(err, &named) || named.Path != "/none" || named.Index != 1 {
			t.Errorf("refused transaction: %v", err)
		}
		if _, _, _, err := outer.Get(ctx, "/app/one"+path, false); err != nil {
			t.Errorf("from outside: %v", err)
		}
	})
}

func TestMissingChrootIsNamedAndNothingIsMade(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		s, err := newBackend(t, zkbackend.Config{Servers: []string{addr}, Chroot: "/no/such"}).Open(t.Context())
		if !errors.Is(err, coord.ErrNoNode) || !strings.Contains(err.Error(), "/no/such") || !strings.Contains(err.Error(), addr) {
			t.Errorf("Open: %v, %v", s, err)
		}
		outer := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}}))
		defer mustClose(t, outer)
		if _, _, err := outer.Exists(t.Context(), "/no", false); !errors.Is(err, coord.ErrNoNode) {
			t.Errorf("the chroot was made: %v", err)
		}
	})
}

func TestLargestRequestsPassAndLargerAreRefusedUpFront(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, addr string) {
		ctx := t.Context()
		s := mustOpen(t, newBackend(t, zkbackend.Config{Servers: []string{addr}}))
		defer mustClose(t, s)
		most := bytes.Repeat([]byte{1}, coord.MaxData)
		if _, err := s.Create(ctx, "/most", most, coord.Persistent); err != nil {
			t.Fatal(err)
		}
		if data, _, _, err := s.Get(ctx, "/most", false); err != nil || !bytes.Equal(data, most) {
			t.Errorf("%d bytes came back, %v", len(data), err)
		}
		_, err := s.Set(ctx, "/most", append(most, 1), coord.AnyVersion)
		if !errors.Is(err, coord.ErrInvalid) {
			t.Errorf("too much data: %v", err)
		}
		_, err = s.Multi(ctx, coord.SetOp("/most", most[:coord.MaxData/2], 0), coord.SetOp("/most", most[:coord.MaxData/2+8192], 1))
		if named := (*coord.Error)(nil); !errors.As(err, &named) || named.Index != 1 || !errors.Is(err, coord.ErrInvalid) {
			t.Errorf("too large a transaction: %v", err)
		}
		if err := s.Sync(ctx, "/"); err != nil {
			t.Errorf("the connection must have been spared: %v", err)
		}
	})
}

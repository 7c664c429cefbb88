package ha

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
)

const bothWays = membackend.Both

func TestAConfigThatCanNeverWorkIsRefusedWithAllItsFaults(t *testing.T) {
	inArena(t, func(a *arena) {
		err := Run(context.Background(), a.service.Client("a"), Config{Path: "e/", ID: "a/b", StopGrace: -1, Data: make([]byte, 1<<20)}, a.diligent("a"))
		if !errors.Is(err, coord.ErrInvalid) {
			t.Fatalf("%v, want an error that matches ErrInvalid", err)
		}
		for _, fault := range []string{"relative", "U+002F", "stop grace", "1048576 bytes"} {
			if !strings.Contains(err.Error(), fault) {
				t.Errorf("%q does not name %q", err, fault)
			}
		}
	})
}

func TestAGraceThatDoesNotFitTheGrantedTimeoutIsRefused(t *testing.T) {
	inArena(t, func(a *arena) {
		p := a.join("a", func(c *Config, _ *Role) { c.StopGrace = timeout / 2 })
		<-p.done
		if !errors.Is(p.err, coord.ErrInvalid) || !strings.Contains(p.err.Error(), "5s") {
			t.Errorf("%v, want an error that matches ErrInvalid and names the grace", p.err)
		}
	})
}

func TestAServiceThatCannotBeReachedEndsTheFirstOpening(t *testing.T) {
	inArena(t, func(a *arena) {
		a.service.Down()
		began := time.Now()
		err := Run(context.Background(), a.service.Client("a"), Config{Path: path, ID: "a", OpenWithin: time.Minute}, a.diligent("a"))
		if err == nil || !strings.Contains(err.Error(), "candidate a") {
			t.Errorf("%v, want an error that names the candidate", err)
		}
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("gave up after %v, want about a minute", took)
		}
	})
}

func TestDataThatIsNoRegisterIsNeverOverwritten(t *testing.T) {
	inArena(t, func(a *arena) {
		s, err := a.service.Client("admin").Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(context.Background(), path, []byte("hello"), coord.Persistent); err != nil {
			t.Fatal(err)
		}
		p := a.join("a")
		<-p.done
		if !errors.Is(p.err, ErrNoRegister) || !strings.Contains(p.err.Error(), path) || !strings.Contains(p.err.Error(), "hello") {
			t.Errorf("%v, want an error that matches ErrNoRegister, with the path and the data", p.err)
		}
		if data, stat, _, err := s.Get(context.Background(), path, false); string(data) != "hello" || stat.NumChildren != 0 || err != nil {
			t.Errorf("left behind: %q, %d children, %v", data, stat.NumChildren, err)
		}
	})
}

func TestAnotherPolicyIsALoudError(t *testing.T) {
	inArena(t, func(a *arena) {
		a.join("a")
		p := a.join("b", withPolicy(NewestFirst))
		<-p.done
		if !errors.Is(p.err, ErrPolicyMismatch) || !strings.Contains(p.err.Error(), `"oldest"`) || !strings.Contains(p.err.Error(), `"newest"`) {
			t.Errorf("%v, want an error that matches ErrPolicyMismatch and names both", p.err)
		}
		a.wantMaster("a")
	})
}

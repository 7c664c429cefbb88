package ha

import (
	"context"
	"errors"
	"testing"

	"github.com/hamaster/hamaster/coord"
)

func TestLookShowsMasterTokenAndRank(t *testing.T) {
	inArena(t, func(a *arena) {
		ctx := context.Background()
		s, err := a.service.Client("looker").Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Look(ctx, s, path); !errors.Is(err, coord.ErrNoNode) {
			t.Errorf("without an election: %v, want ErrNoNode", err)
		}
		for _, id := range []string{"b", "c", "a"} {
			a.join(id, withPolicy(ByName))
		}
		if _, err := s.Create(ctx, path+"/README", nil, coord.Persistent); err != nil {
			t.Fatal(err)
		}
		v, err := Look(ctx, s, path)
		if err != nil {
			t.Fatal(err)
		}
		if v.Master == nil || v.Master.ID != "c" || v.Token != a.last().token {
			t.Errorf("master %+v with token %v, want c with %v", v.Master, v.Token, a.last().token)
		}
		var ids string
		for _, m := range v.Members {
			ids += m.ID
			if string(m.Data) != "of "+m.ID {
				t.Errorf("data of %s: %q", m.ID, m.Data)
			}
		}
		if ids != "cba" {
			t.Errorf("rank %s, want cba", ids)
		}
	})
}

package ha

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha/election"
)

// View is an election as somebody who takes no part in it sees it.
type View struct {
	Path string
	// Register is what the election path says. Its zero value: no term yet.
	Register election.Register
	// Token is the fencing token of the present term; 0 if there is no master.
	Token coord.Zxid
	// Master is the present master; nil if the place is vacant.
	Master *Member
	// Members are the candidates, best first.
	Members []Member
}

// Member is one candidate.
type Member struct {
	election.Candidate
	Session coord.SessionID
	Data    []byte
}

// Look reads an election. It does so after a barrier, so that what it shows was true at some moment during the call, but for
// candidates that come and go meanwhile. An election path that does not exist is an error that matches coord.ErrNoNode.
func Look(ctx context.Context, s coord.Session, path string) (View, error) {
	v := View{Path: path}
	if _, err := s.Multi(ctx, coord.CheckOp(path, coord.AnyVersion)); err != nil {
		return v, err
	}
	data, stat, _, err := s.Get(ctx, path, false)
	if err != nil {
		return v, err
	}
	if v.Register, err = election.ParseRegister(data); err != nil {
		return v, fmt.Errorf("election %s: %w", path, err)
	}
	names, _, _, err := s.Children(ctx, path, false)
	if err != nil {
		return v, err
	}
	if err := v.addMembers(ctx, s, names); err != nil {
		return v, err
	}
	for i := range v.Members {
		if v.Members[i].Node == v.Register.Holder {
			v.Master, v.Token = &v.Members[i], stat.Mzxid
		}
	}
	return v, nil
}

// addMembers reads the candidates among the children. A policy that is not ready-made cannot be known here: its candidates come in
// the order of their sequence numbers.
func (v *View) addMembers(ctx context.Context, s coord.Session, names []string) error {
	policy, err := PolicyByName(v.Register.Policy)
	if err != nil {
		policy = OldestFirst
	}
	for _, name := range names {
		c, ok := election.ParseNode(name, policy.Weighted)
		if !ok {
			continue
		}
		data, stat, _, err := s.Get(ctx, coord.JoinPath(v.Path, name), false)
		if errors.Is(err, coord.ErrNoNode) || err == nil && stat.EphemeralOwner == 0 {
			continue
		}
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{Candidate: c, Session: stat.EphemeralOwner, Data: data})
	}
	slices.SortFunc(v.Members, func(a, b Member) int {
		if policy.Ranks(a.Candidate, b.Candidate) {
			return -1
		}
		return 1
	})
	return nil
}

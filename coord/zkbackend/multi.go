package zkbackend

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
)

// Multi implements coord.Session.
func (s *session) Multi(ctx context.Context, ops ...coord.Op) ([]coord.Result, error) {
	total := 0
	for i, op := range ops {
		if err := s.validateOp(op); err != nil {
			return nil, &coord.Error{Op: "multi", Path: op.Path, Index: i, Err: err}
		}
		if total += s.size(op); total > maxRequest {
			err := fmt.Errorf("%w: a transaction of %d bytes and more, the most is %d", coord.ErrInvalid, total, maxRequest)
			return nil, &coord.Error{Op: "multi", Path: op.Path, Index: i, Err: err}
		}
	}
	requests := make([]any, len(ops))
	for i, op := range ops {
		requests[i] = s.encode(op)
	}
	var answers []zk.MultiResponse
	var failure error
	c := &call{do: func(conn *zk.Conn) { answers, failure = conn.Multi(requests...) }}
	if err := s.run(ctx, c); err != nil {
		return nil, &coord.Error{Op: "multi", Err: err}
	}
	if failure != nil {
		return nil, refusal(ops, answers, failure)
	}
	return s.results(ops, answers)
}

// encode makes go-zookeeper's form of an operation, which shares no memory with the caller's.
func (s *session) encode(op coord.Op) any {
	path, data := s.inside(op.Path), bytes.Clone(op.Data)
	switch op.Type {
	case coord.OpCreate:
		return &zk.CreateRequest{Path: s.insideNew(op.Path, op.Mode), Data: data, Acl: acls(op.ACL), Flags: int32(op.Mode)}
	case coord.OpSet:
		return &zk.SetDataRequest{Path: path, Data: data, Version: op.Version}
	case coord.OpDelete:
		return &zk.DeleteRequest{Path: path, Version: op.Version}
	}
	return &zk.CheckVersionRequest{Path: path, Version: op.Version}
}

// refusal tells which operation failed: those before it have no error, and those after it one that says nothing.
func refusal(ops []coord.Op, answers []zk.MultiResponse, failure error) error {
	for i, a := range answers {
		if a.Error != nil && i < len(ops) {
			return &coord.Error{Op: "multi", Path: ops[i].Path, Index: i, Err: translate(a.Error)}
		}
	}
	return &coord.Error{Op: "multi", Err: translate(failure)}
}

func (s *session) results(ops []coord.Op, answers []zk.MultiResponse) ([]coord.Result, error) {
	if len(answers) != len(ops) {
		err := fmt.Errorf("%w: %d results for %d operations", coord.ErrConnectionLoss, len(answers), len(ops))
		return nil, &coord.Error{Op: "multi", Err: err}
	}
	results := make([]coord.Result, len(ops))
	for i, a := range answers {
		switch ops[i].Type {
		case coord.OpCreate:
			results[i].Path = s.outside(a.String)
		case coord.OpSet:
			results[i].Stat = statOf(a.Stat)
		}
	}
	return results, nil
}

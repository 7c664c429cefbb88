package coordtest

import (
	"github.com/hamaster/hamaster/coord"
)

var aclChecks = []check{
	{"ACLNotAcceptedIsRefused", needs(ACLs), aclNotAccepted},
	{"ACLDecidesWhoMayDoWhat", needs(ACLs), aclDecides},
	{"ACLOfAnOperationHolds", needs(ACLs), aclOfAnOperationHolds},
}

func everybody(perms coord.Perms) coord.ACL {
	return coord.ACL{Perms: perms, Scheme: "world", ID: "anyone"}
}

func aclNotAccepted(e *env) {
	for _, acl := range []coord.ACL{
		{Perms: coord.PermAll, Scheme: "world", ID: "somebody"},
		{Perms: coord.PermAll, Scheme: "no-such-scheme", ID: "anyone"},
		{Perms: coord.PermAll},
	} {
		path := e.path("n")
		_, err := e.calm.Create(e.context(), path, nil, coord.Persistent, acl)
		e.mustRefuse(err, "create", path, coord.ErrInvalidACL)
		_, err = e.calm.Multi(e.context(), coord.CheckOp(e.root, coord.AnyVersion), coord.CreateOp(path, nil, coord.Persistent, acl))
		if refused := e.mustRefuse(err, "multi", path, coord.ErrInvalidACL); refused.Index != 1 {
			e.Errorf("the error must tell which operation refused, 1; got %d", refused.Index)
		}
		e.calm.mustLack(path)
	}
}

func aclDecides(e *env) {
	ctx := e.context()
	for _, c := range []struct {
		op    string
		perm  coord.Perms
		child bool // the call is on a child of the node that has the ACL
		do    func(path string) error
	}{
		{"get", coord.PermRead, false, func(p string) error { _, _, _, err := e.calm.Get(ctx, p, false); return err }},
		{"children", coord.PermRead, false, func(p string) error { _, _, _, err := e.calm.Children(ctx, p, false); return err }},
		{"set", coord.PermWrite, false, func(p string) error { return errOf2(e.calm.Set(ctx, p, nil, coord.AnyVersion)) }},
		{"create", coord.PermCreate, true, func(p string) error { return errOf2(e.calm.Create(ctx, p, nil, coord.Persistent)) }},
	} {
		refusing := e.calm.create(e.path(c.op+"-not"), nil, coord.Persistent, everybody(coord.PermAll&^c.perm))
		allowing := e.calm.create(e.path(c.op), nil, coord.Persistent, everybody(c.perm|coord.PermDelete))
		if c.child {
			refusing, allowing = coord.JoinPath(refusing, "child"), coord.JoinPath(allowing, "child")
		}
		e.mustRefuse(c.do(refusing), c.op, refusing, coord.ErrNoAuth)
		if err := c.do(allowing); err != nil {
			e.Errorf("%s must be allowed by an ACL that grants permission %d; got %v", c.op, c.perm, err)
		}
		// Whoever knows a path may ask whether it is there.
		e.calm.exists(refusing)
	}
	// The permission to delete is the parent's: were it refused, the check could not tidy up after itself.
	parent := e.calm.create(e.path("delete"), nil, coord.Persistent, everybody(coord.PermCreate|coord.PermDelete))
	child := e.calm.create(coord.JoinPath(parent, "child"), nil, coord.Persistent, everybody(coord.PermRead))
	e.calm.delete(child)
	// What was made below a node that may not be read is not found when tidying up.
	e.calm.delete(e.path("create", "child"))
}

func aclOfAnOperationHolds(e *env) {
	path := e.path("n")
	e.calm.multi(coord.CreateOp(path, []byte("data"), coord.Persistent, everybody(coord.PermRead)))
	_, err := e.calm.Multi(e.context(), coord.CheckOp(path, 0), coord.SetOp(path, nil, coord.AnyVersion))
	if refused := e.mustRefuse(err, "multi", path, coord.ErrNoAuth); refused.Index != 1 {
		e.Errorf("the error must tell which operation refused, 1; got %d", refused.Index)
	}
	e.calm.mustHold(path, []byte("data"))
}

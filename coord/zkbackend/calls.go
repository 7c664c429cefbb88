package zkbackend

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord"
)

// inside puts the chroot before a path.
func (s *session) inside(path string) string {
	if path == "/" && s.cfg.Chroot != "" {
		return s.cfg.Chroot
	}
	return s.cfg.Chroot + path
}

// insideNew is inside for a node to be made. A sequence number is appended below the chroot, not to its name.
func (s *session) insideNew(path string, mode coord.CreateMode) string {
	if mode.IsSequential() {
		return s.cfg.Chroot + path
	}
	return s.inside(path)
}

// outside takes the chroot off a path that the service gave.
func (s *session) outside(path string) string {
	if path == s.cfg.Chroot {
		return "/"
	}
	return strings.TrimPrefix(path, s.cfg.Chroot)
}

// request makes a call for the operation on a path, of which err is what is wrong with the arguments.
func (s *session) request(ctx context.Context, op, path string, watch bool, err error, do func(conn *zk.Conn, path string) error) (*coord.Watch, error) {
	var result error
	if err == nil {
		inside := s.inside(path)
		c := &call{path: inside, watch: watch}
		c.do = func(conn *zk.Conn) { result = translate(do(conn, inside)) }
		if err = s.run(ctx, c); err == nil {
			if result == nil {
				return c.armed, nil
			}
			return c.armed, &coord.Error{Op: op, Path: path, Err: result}
		}
	}
	return nil, &coord.Error{Op: op, Path: path, Err: err}
}

// Create implements coord.Session.
func (s *session) Create(ctx context.Context, path string, data []byte, mode coord.CreateMode, acl ...coord.ACL) (string, error) {
	created := ""
	own, theirs := bytes.Clone(data), acls(acl) // the caller may leave, and write into its own, before they are sent
	_, err := s.request(ctx, "create", path, false, s.validateOp(coord.CreateOp(path, data, mode, acl...)), func(conn *zk.Conn, _ string) (err error) {
		created, err = conn.Create(s.insideNew(path, mode), own, int32(mode), theirs)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.outside(created), nil
}

// Exists implements coord.Session.
func (s *session) Exists(ctx context.Context, path string, watch bool) (coord.Stat, *coord.Watch, error) {
	var stat *zk.Stat
	w, err := s.request(ctx, "exists", path, watch, coord.ValidatePath(path), func(conn *zk.Conn, path string) error {
		exists, st, err := conn.Exists(path)
		if err == nil && !exists {
			return zk.ErrNoNode
		}
		stat = st
		return err
	})
	if err != nil {
		return coord.Stat{}, w, err
	}
	return statOf(stat), w, nil
}

// Get implements coord.Session.
func (s *session) Get(ctx context.Context, path string, watch bool) ([]byte, coord.Stat, *coord.Watch, error) {
	var data []byte
	var stat *zk.Stat
	w, err := s.request(ctx, "get", path, watch, coord.ValidatePath(path), func(conn *zk.Conn, path string) (err error) {
		data, stat, err = conn.Get(path)
		return err
	})
	if err != nil {
		return nil, coord.Stat{}, nil, err
	}
	return data, statOf(stat), w, nil
}

// Children implements coord.Session.
func (s *session) Children(ctx context.Context, path string, watch bool) ([]string, coord.Stat, *coord.Watch, error) {
	var names []string
	var stat *zk.Stat
	w, err := s.request(ctx, "children", path, watch, coord.ValidatePath(path), func(conn *zk.Conn, path string) (err error) {
		names, stat, err = conn.Children(path)
		return err
	})
	if err != nil {
		return nil, coord.Stat{}, nil, err
	}
	return names, statOf(stat), w, nil
}

// Set implements coord.Session.
func (s *session) Set(ctx context.Context, path string, data []byte, version int32) (coord.Stat, error) {
	var stat *zk.Stat
	own := bytes.Clone(data)
	_, err := s.request(ctx, "set", path, false, s.validateOp(coord.SetOp(path, data, version)), func(conn *zk.Conn, path string) (err error) {
		stat, err = conn.Set(path, own, version)
		return err
	})
	if err != nil {
		return coord.Stat{}, err
	}
	return statOf(stat), nil
}

// Delete implements coord.Session.
func (s *session) Delete(ctx context.Context, path string, version int32) error {
	_, err := s.request(ctx, "delete", path, false, coord.ValidatePath(path), func(conn *zk.Conn, path string) error {
		return conn.Delete(path, version)
	})
	return err
}

// Sync implements coord.Session.
func (s *session) Sync(ctx context.Context, path string) error {
	_, err := s.request(ctx, "sync", path, false, coord.ValidatePath(path), func(conn *zk.Conn, path string) error {
		_, err := conn.Sync(path)
		return err
	})
	return err
}

// maxRequest is ZooKeeper's default for jute.maxbuffer, in bytes. A server closes the connection on a longer request, and would on
// every connection on which it is tried again.
const maxRequest = 0xfffff

// size is at least what an operation takes up in a request.
func (s *session) size(op coord.Op) int {
	n := 64 + len(s.cfg.Chroot) + len(op.Path) + len(op.Data)
	for _, a := range op.ACL {
		n += 12 + len(a.Scheme) + len(a.ID)
	}
	return n
}

// validateOp checks an operation, alone or in a transaction.
func (s *session) validateOp(op coord.Op) error {
	if len(op.Data) > coord.MaxData {
		return fmt.Errorf("%w: %d bytes of data, the most is %d", coord.ErrInvalid, len(op.Data), coord.MaxData)
	}
	if n := s.size(op); n > maxRequest {
		return fmt.Errorf("%w: a request of %d bytes, the most is %d", coord.ErrInvalid, n, maxRequest)
	}
	switch op.Type {
	case coord.OpCreate:
		return coord.ValidateCreatePath(op.Path, op.Mode)
	case coord.OpSet, coord.OpDelete, coord.OpCheck:
		return coord.ValidatePath(op.Path)
	}
	return fmt.Errorf("%w: unknown operation %v", coord.ErrInvalid, op.Type)
}

func acls(list []coord.ACL) []zk.ACL {
	if len(list) == 0 {
		return zk.WorldACL(zk.PermAll)
	}
	theirs := make([]zk.ACL, len(list))
	for i, a := range list {
		theirs[i] = zk.ACL{Perms: int32(a.Perms), Scheme: a.Scheme, ID: a.ID}
	}
	return theirs
}

func statOf(st *zk.Stat) coord.Stat {
	if st == nil {
		return coord.Stat{}
	}
	return coord.Stat{
		Czxid:          coord.Zxid(st.Czxid),
		Mzxid:          coord.Zxid(st.Mzxid),
		Pzxid:          coord.Zxid(st.Pzxid),
		Ctime:          st.Ctime,
		Mtime:          st.Mtime,
		Version:        st.Version,
		Cversion:       st.Cversion,
		Aversion:       st.Aversion,
		EphemeralOwner: coord.SessionID(st.EphemeralOwner),
		DataLength:     st.DataLength,
		NumChildren:    st.NumChildren,
	}
}

package main

import (
	"errors"
	"fmt"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// operation is a kind of request whose speed is measured.
type operation struct {
	name string
	// request makes the packet for the session with this number. Each has a node of its own, so that none waits for what another does.
	request func(session int) []byte
}

var operations = []operation{
	{"create ephemeral sequential", func(n int) []byte {
		return request(wire.OpCreate, createBody(node(n)+"/n-", coord.EphemeralSequential))
	}},
	{"get", func(n int) []byte { return request(wire.OpGetData, readBody(node(n))) }},
	{"set", func(n int) []byte {
		return request(wire.OpSetData, wire.AppendInt32(wire.AppendBuffer(wire.AppendString(nil, node(n)), data), -1))
	}},
	{"exists", func(n int) []byte { return request(wire.OpExists, readBody(node(n))) }},
	{"getChildren of 100", func(int) []byte { return request(wire.OpGetChildren, readBody(parent)) }},
}

const (
	root     = "/load"
	parent   = root + "/parent"
	children = 100 // of parent
	dataSize = 100 // bytes in every node
)

var (
	openACL = []coord.ACL{{Perms: coord.PermAll, Scheme: "world", ID: "anyone"}}
	data    = make([]byte, dataSize)
)

func node(session int) string { return fmt.Sprintf("%s/%04d", root, session) }

func createBody(path string, mode coord.CreateMode) []byte {
	b := wire.AppendBuffer(wire.AppendString(nil, path), data)
	return wire.AppendInt32(wire.AppendACLs(b, openACL), int32(mode))
}

func readBody(path string) []byte { return wire.AppendBool(wire.AppendString(nil, path), false) }

// prepare makes the nodes that the operations are about, for so many sessions.
func prepare(addr string, sessions int) error {
	paths := []string{root, parent}
	for i := range children {
		paths = append(paths, fmt.Sprintf("%s/child-%03d", parent, i))
	}
	for i := range sessions {
		paths = append(paths, node(i))
	}
	s, err := open(addr, patience)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := s.do(request(wire.OpCreate, createBody(path, coord.Persistent))); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", path, err), s.close())
		}
	}
	return s.close()
}

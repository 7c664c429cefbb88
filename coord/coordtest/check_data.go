package coordtest

import (
	"bytes"

	"github.com/hamaster/hamaster/coord"
)

var dataChecks = []check{
	{"DataComesBackByteForByte", nil, dataComesBack},
	{"DataMayBeAsLargeAsMaxData", nil, dataMayBeLarge},
	{"DataOverMaxDataIsInvalid", nil, dataOverMaxData},
	{"DataIsTheCallersOwn", nil, dataIsTheCallersOwn},
}

// pattern is n bytes with every value, no period that a power of two would hide.
func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i % 251)
	}
	return data
}

func dataComesBack(e *env) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	other := e.open()
	for name, data := range map[string][]byte{
		"nil": nil, "empty": {}, "zero": {0}, "newline": {'\n'}, "every": every, "not-utf8": {0xff, 0xfe, 0xc0},
		"text": []byte("test"), "64k": pattern(1 << 16),
	} {
		path := e.path(name)
		e.calm.create(path, data, coord.Persistent)
		other.mustRead("create", path, data)
		e.calm.set(path, []byte("between"))
		e.calm.set(path, data)
		other.mustRead("set", path, data)
		again := e.path(name + "-again")
		e.calm.multi(coord.CreateOp(again, []byte("between"), coord.Persistent), coord.SetOp(again, data, 0))
		other.mustRead("multi", again, data)
	}
}

// mustRead checks that the node's data is exactly this, and its DataLength too.
func (s *session) mustRead(after, path string, want []byte) {
	s.env.Helper()
	s.barrier()
	data, stat := s.get(path)
	if !bytes.Equal(data, want) || int(stat.DataLength) != len(want) {
		s.env.Errorf("%s: %d bytes written by %s must come back byte for byte; got %d bytes, DataLength %d, the same: %v",
			path, len(want), after, len(data), stat.DataLength, bytes.Equal(data, want))
	}
}

func dataMayBeLarge(e *env) {
	data := pattern(coord.MaxData)
	path := e.calm.create(e.path("n"), data, coord.Persistent)
	e.calm.mustRead("create", path, data)
	data[0]++
	e.calm.set(path, data)
	e.calm.mustRead("set", path, data)
	data[0]++
	e.calm.multi(coord.SetOp(path, data, 1))
	e.calm.mustRead("multi", path, data)
}

func dataOverMaxData(e *env) {
	data := pattern(coord.MaxData + 1)
	path, missing := e.node("n"), e.path("missing")
	ctx := e.context()
	_, err := e.calm.Create(ctx, missing, data, coord.Persistent)
	e.mustRefuse(err, "create", missing, coord.ErrInvalid)
	_, err = e.calm.Set(ctx, path, data, coord.AnyVersion)
	e.mustRefuse(err, "set", path, coord.ErrInvalid)
	for _, op := range []coord.Op{coord.CreateOp(missing, data, coord.Persistent), coord.SetOp(path, data, 0)} {
		_, err = e.calm.Multi(ctx, coord.CheckOp(path, 0), op)
		if refused := e.mustRefuse(err, "multi", op.Path, coord.ErrInvalid); refused.Index != 1 {
			e.Errorf("the error must tell which operation refused, 1; got %d", refused.Index)
		}
	}
	e.calm.mustHold(path, []byte("data"))
	e.calm.mustLack(missing)
}

func dataIsTheCallersOwn(e *env) {
	data := []byte("written")
	path := e.calm.create(e.path("n"), data, coord.Persistent)
	data[0] = '!'
	e.calm.mustHold(path, []byte("written"))
	e.calm.set(path, data)
	data[0] = '?'
	e.calm.mustHold(path, []byte("!ritten"))
	read, _ := e.calm.get(path)
	read[0] = 'x'
	e.calm.mustHold(path, []byte("!ritten"))
	ops := []byte("by multi")
	e.calm.multi(coord.SetOp(path, ops, coord.AnyVersion))
	ops[0] = '!'
	e.calm.mustHold(path, []byte("by multi"))
	names := e.calm.children(e.root)
	names[0] = "x"
	if again := e.calm.children(e.root); again[0] != "n" {
		e.Errorf("what a call returned is the caller's own; the backend now returns %q for what the caller changed", again)
	}
}

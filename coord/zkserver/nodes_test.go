package zkserver_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func TestCreateReturnsThePathAsMade(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	for _, test := range []struct {
		mode coord.CreateMode
		path string
		want string
	}{
		{coord.Persistent, "/p", "/p"},
		{coord.Ephemeral, "/e", "/e"},
		{coord.PersistentSequential, "/s-", "/s-0000000002"},
		{coord.EphemeralSequential, "/s-", "/s-0000000003"},
	} {
		d := c.want(wire.OK, wire.OpCreate, createBody(test.path, []byte("x"), test.mode))
		if got := d.String(); got != test.want || d.More() {
			t.Errorf("%v: made %q, not %q", test.mode, got, test.want)
		}
		d = c.want(wire.OK, wire.OpExists, readBody(test.want, false))
		if s := stat(&d); (s.EphemeralOwner == c.session) != test.mode.IsEphemeral() || s.DataLength != 1 {
			t.Errorf("%v: %+v", test.mode, s)
		}
	}
}

func TestCreate2ReturnsTheStatToo(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	d := c.want(wire.OK, wire.OpCreate2, createBody("/a", []byte("abc"), coord.Persistent))
	path, s := d.String(), stat(&d)
	if path != "/a" || s.DataLength != 3 || s.Czxid != c.zxid || s.Mzxid != c.zxid || s.Pzxid != c.zxid || s.Ctime == 0 {
		t.Errorf("made %q, %+v at %v", path, s, c.zxid)
	}
}

func TestRefusalsCarryZooKeepersCodes(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpCreate, createBody("/a", nil, coord.Persistent))
	c.want(wire.OK, wire.OpCreate, createBody("/a/b", nil, coord.Persistent))
	c.want(wire.OK, wire.OpCreate, createBody("/e", nil, coord.Ephemeral))
	emptyACL := wire.AppendInt32(wire.AppendInt32(wire.AppendBuffer(wire.AppendString(nil, "/x"), nil), 0), 0)
	nullACL := wire.AppendInt32(wire.AppendInt32(wire.AppendBuffer(wire.AppendString(nil, "/x"), nil), -1), 0)
	for _, test := range []struct {
		name string
		code wire.Code
		op   wire.Op
		body []byte
	}{
		{"create, exists", wire.NodeExists, wire.OpCreate, createBody("/a", nil, 0)},
		{"create, no parent", wire.NoNode, wire.OpCreate, createBody("/none/x", nil, 0)},
		{"create, parent ephemeral", wire.NoChildrenForEphemerals, wire.OpCreate, createBody("/e/x", nil, 0)},
		{"create, relative", wire.BadArguments, wire.OpCreate, createBody("a", nil, 0)},
		{"create, slash at the end", wire.BadArguments, wire.OpCreate, createBody("/a/", nil, 0)},
		{"create, flags 7", wire.BadArguments, wire.OpCreate, createBody("/x", nil, 7)},
		{"create, no ACL", wire.InvalidACL, wire.OpCreate, emptyACL},
		{"create, null ACL", wire.InvalidACL, wire.OpCreate, nullACL},
		{"delete, none", wire.NoNode, wire.OpDelete, versionBody("/none", -1)},
		{"delete, version", wire.BadVersion, wire.OpDelete, versionBody("/e", 7)},
		{"delete, not empty", wire.NotEmpty, wire.OpDelete, versionBody("/a", -1)},
		{"delete, root", wire.BadArguments, wire.OpDelete, versionBody("/", -1)},
		{"set, none", wire.NoNode, wire.OpSetData, setBody("/none", nil, -1)},
		{"set, version", wire.BadVersion, wire.OpSetData, setBody("/a", nil, 7)},
		{"set, config", wire.NoAuth, wire.OpSetData, setBody("/zookeeper/config", nil, -1)},
		{"get, none", wire.NoNode, wire.OpGetData, readBody("/none", false)},
		{"exists, none", wire.NoNode, wire.OpExists, readBody("/none", false)},
		{"exists, NUL", wire.BadArguments, wire.OpExists, readBody("/a\x00", false)},
		{"children, none", wire.NoNode, wire.OpGetChildren, readBody("/none", false)},
		{"children2, malformed", wire.NoNode, wire.OpGetChildren2, readBody("a//b", false)},
		{"check, version", wire.BadVersion, wire.OpCheck, versionBody("/a", 3)},
		{"check", wire.OK, wire.OpCheck, versionBody("/a", 0)},
	} {
		if code, _ := c.call(test.op, test.body); code != test.code {
			t.Errorf("%s: code %d, not %d", test.name, code, test.code)
		}
	}
}

func TestFailedWritesTakeAZxidAndReadsDoNot(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{Zxid: 1 << 32}))
	c.ping()
	before := c.zxid
	if before != 1<<32+1 {
		t.Errorf("after one session: %v", before)
	}
	c.want(wire.OK, wire.OpGetData, readBody("/", false))
	c.want(wire.OK, wire.OpSync, wire.AppendString(nil, "/"))
	if c.zxid != before {
		t.Errorf("reads moved the zxid to %v", c.zxid)
	}
	c.want(wire.NoNode, wire.OpDelete, versionBody("/none", -1))
	if c.zxid != before+1 {
		t.Errorf("a refused write moved the zxid from %v to %v", before, c.zxid)
	}
}

func TestDataComesBackAsItWent(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	for path, data := range map[string][]byte{"/null": nil, "/empty": {}, "/bytes": {0, 0xff, '\n'}} {
		c.want(wire.OK, wire.OpCreate, createBody(path, data, coord.Persistent))
		c.ping() // whatever still lies in the server's buffers is overwritten
		d := c.want(wire.OK, wire.OpGetData, readBody(path, false))
		if got := d.Buffer(); !slices.Equal(got, data) || (got == nil) != (data == nil) {
			t.Errorf("%s: %v came back as %v", path, data, got)
		}
		if s := stat(&d); s.Version != 0 || int(s.DataLength) != len(data) {
			t.Errorf("%s: %+v", path, s)
		}
	}
	d := c.want(wire.OK, wire.OpSetData, setBody("/null", []byte("now"), 0))
	if s := stat(&d); s.Version != 1 || s.DataLength != 3 || s.Mzxid != c.zxid {
		t.Errorf("after a change: %+v", s)
	}
}

func TestChildrenAreListedWithOrWithoutStat(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpCreate, createBody("/p", nil, 0))
	for _, name := range []string{"b", "a", "c"} {
		c.want(wire.OK, wire.OpCreate, createBody("/p/"+name, nil, 0))
	}
	want := []string{"a", "b", "c"}
	d := c.want(wire.OK, wire.OpGetChildren, readBody("/p", false))
	if got := slices.Sorted(slices.Values(d.Strings())); !slices.Equal(got, want) || d.More() {
		t.Errorf("children: %q", got)
	}
	d = c.want(wire.OK, wire.OpGetChildren2, readBody("/p", false))
	got := slices.Sorted(slices.Values(d.Strings()))
	if s := stat(&d); !slices.Equal(got, want) || s.NumChildren != 3 || s.Cversion != 3 || d.More() {
		t.Errorf("children2: %q %+v", got, s)
	}
	d = c.want(wire.OK, wire.OpGetChildren, readBody("/", false))
	if got := slices.Sorted(slices.Values(d.Strings())); !slices.Equal(got, []string{"p", "zookeeper"}) {
		t.Errorf("of the root: %q", got)
	}
}

func TestSyncGivesThePathBackWhateverItIs(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	for _, path := range []string{"/", "/none", "not a path//"} {
		d := c.want(wire.OK, wire.OpSync, wire.AppendString(nil, path))
		if got := d.String(); got != path {
			t.Errorf("%q came back as %q", path, got)
		}
	}
}

// outcome is one part of a transaction's answer.
type outcome struct {
	Type wire.Op
	Code wire.Code
	Path string
	Ver  int32
}

func outcomes(t *testing.T, d wire.Decoder) []outcome {
	t.Helper()
	var list []outcome
	for {
		o := outcome{Type: wire.Op(d.Int32())}
		done := d.Bool()
		o.Code = wire.Code(d.Int32())
		if d.Err() != nil {
			t.Fatal(d.Err())
		}
		if done {
			if o.Type != wire.OpError || o.Code != -1 || d.More() {
				t.Errorf("the end is %+v", o)
			}
			return list
		}
		switch o.Type {
		case wire.OpCreate:
			o.Path = d.String()
		case wire.OpSetData:
			o.Ver = stat(&d).Version
		case wire.OpError:
			if again := wire.Code(d.Int32()); again != o.Code {
				t.Errorf("code %d, then %d", o.Code, again)
			}
		}
		list = append(list, o)
	}
}

func TestTransactionTakesEffectAsOne(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	d := c.want(wire.OK, wire.OpMulti, multiBody(
		part(wire.OpCreate, createBody("/p", nil, 0)),
		part(wire.OpCreate2, createBody("/p/s-", nil, coord.EphemeralSequential)),
		part(wire.OpSetData, setBody("/p", []byte("1"), 0)),
		part(wire.OpSetData, setBody("/p", []byte("2"), 1)),
		part(wire.OpCheck, versionBody("/p", 2)),
		part(wire.OpDelete, versionBody("/p/s-0000000000", -1)),
	))
	want := []outcome{
		{Type: wire.OpCreate, Path: "/p"},
		{Type: wire.OpCreate, Path: "/p/s-0000000000"}, // a real server answers create2 so
		{Type: wire.OpSetData, Ver: 1},
		{Type: wire.OpSetData, Ver: 2},
		{Type: wire.OpCheck},
		{Type: wire.OpDelete},
	}
	if diff := cmp.Diff(want, outcomes(t, d)); diff != "" {
		t.Error(diff)
	}
	d = c.want(wire.OK, wire.OpExists, readBody("/p", false))
	if s := stat(&d); s.Czxid != c.zxid || s.Pzxid != c.zxid || s.Mzxid != c.zxid {
		t.Errorf("one transaction had several zxids: %+v", s)
	}
}

func TestRefusedTransactionTellsEachOperationsOutcome(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.ping()
	zxid := c.zxid
	d := c.want(wire.OK, wire.OpMulti, multiBody(
		part(wire.OpCreate, createBody("/p", nil, 0)),
		part(wire.OpCheck, versionBody("/none", -1)),
		part(wire.OpDelete, versionBody("/p", -1)),
		part(wire.OpSetData, setBody("/p", nil, -1)),
	))
	want := []outcome{
		{Type: wire.OpError, Code: wire.OK},
		{Type: wire.OpError, Code: wire.NoNode},
		{Type: wire.OpError, Code: wire.RuntimeInconsistency},
		{Type: wire.OpError, Code: wire.RuntimeInconsistency},
	}
	if diff := cmp.Diff(want, outcomes(t, d)); diff != "" {
		t.Error(diff)
	}
	if c.zxid != zxid+1 {
		t.Errorf("the zxid went from %v to %v", zxid, c.zxid)
	}
	c.want(wire.NoNode, wire.OpExists, readBody("/p", false))
}

func TestEmptyTransactionAndForeignOperations(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	if got := outcomes(t, c.want(wire.OK, wire.OpMulti, multiBody())); len(got) > 0 {
		t.Errorf("of nothing came %v", got)
	}
	c.want(wire.MarshallingError, wire.OpMulti, multiBody(
		part(wire.OpCreate, createBody("/p", nil, 0)), part(wire.OpGetData, readBody("/p", false))))
	c.want(wire.NoNode, wire.OpExists, readBody("/p", false))
}

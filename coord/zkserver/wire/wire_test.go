package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/coord"
)

var worldACL = []coord.ACL{{Perms: coord.PermAll, Scheme: "world", ID: "anyone"}}

func TestConnectRequestWithoutTheLastFieldIsToldApart(t *testing.T) {
	b := AppendInt32(nil, 7) // protocol version
	b = AppendInt64(b, 0x1234)
	b = AppendInt32(b, 4000)
	b = AppendInt64(b, 99)
	b = AppendBuffer(b, []byte("sixteen bytes!!!"))
	want := ConnectRequest{LastZxid: 0x1234, Timeout: 4 * time.Second, Session: 99, Password: []byte("sixteen bytes!!!")}
	d := NewDecoder(b)
	if diff := cmp.Diff(want, DecodeConnect(&d)); diff != "" || d.Err() != nil {
		t.Errorf("without: %v %s", d.Err(), diff)
	}
	want.HasReadOnly, want.ReadOnly = true, true
	d = NewDecoder(AppendBool(b, true))
	if diff := cmp.Diff(want, DecodeConnect(&d)); diff != "" || d.Err() != nil {
		t.Errorf("with: %v %s", d.Err(), diff)
	}
}

func TestConnectReplyHasTheLastFieldOnlyIfTheRequestHad(t *testing.T) {
	if n := len(AppendConnectReply(nil, ConnectReply{})); n != 36 {
		t.Errorf("without: %d bytes, not 36", n)
	}
	if n := len(AppendConnectReply(nil, ConnectReply{HasReadOnly: true})); n != 37 {
		t.Errorf("with: %d bytes, not 37", n)
	}
}

func TestNullAndEmptyBuffersStayApart(t *testing.T) {
	d := NewDecoder(AppendBuffer(AppendBuffer(nil, nil), []byte{}))
	if null := d.Buffer(); null != nil {
		t.Errorf("null came back as %v", null)
	}
	if empty := d.Buffer(); empty == nil || len(empty) != 0 {
		t.Errorf("empty came back as %v", empty)
	}
}

func TestImpossibleCountsAreMalformed(t *testing.T) {
	for name, count := range map[string]int32{"minus two": -2, "a thousand millions": 1e9, "one too many": 3} {
		d := NewDecoder(append(AppendInt32(nil, count), 0, 0))
		if d.Buffer(); d.Err() != ErrMalformed {
			t.Errorf("buffer of %s: %v", name, d.Err())
		}
		d = NewDecoder(append(AppendInt32(nil, count), 0, 0))
		if d.Strings(); d.Err() != ErrMalformed {
			t.Errorf("vector of %s: %v", name, d.Err())
		}
	}
}

func TestFailureSticks(t *testing.T) {
	d := NewDecoder([]byte{0, 0, 0})
	if v := d.Int32(); v != 0 || d.Err() != ErrMalformed {
		t.Fatalf("got %d, %v", v, d.Err())
	}
	if d.Bool() || d.More() || d.Int64() != 0 || d.String() != "" || d.Err() != ErrMalformed {
		t.Error("a decoder read on after its failure")
	}
}

func TestBytesBehindARecordAreNoError(t *testing.T) {
	d := NewDecoder(append(AppendString(nil, "/a"), 1, 2, 3))
	if r := DecodePath(&d); r.Path != "/a" || d.Err() != nil {
		t.Errorf("got %+v, %v", r, d.Err())
	}
}

func TestStatTakesSixtyEightBytes(t *testing.T) {
	if n := len(AppendStat(nil, coord.Stat{})); n != 68 {
		t.Errorf("it takes %d", n)
	}
}

func TestEventIsOnePacketWithZxidMinusOne(t *testing.T) {
	got := AppendEvent([]byte("x"), coord.Event{Type: coord.DataChanged, Path: "/a"})
	want := append([]byte("x"), 0, 0, 0, 30,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
		0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 2, '/', 'a')
	if !bytes.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestRecordsComeBackAsTheyWent(t *testing.T) {
	create := CreateRequest{Path: "/a", Data: []byte("d"), ACL: worldACL, Flags: 3}
	d := NewDecoder(appendCreate(nil, create))
	if diff := cmp.Diff(create, DecodeCreate(&d)); diff != "" || d.Err() != nil {
		t.Errorf("create: %v %s", d.Err(), diff)
	}
	watches := SetWatchesRequest{
		Relative: 5, Data: []string{"/a", "/b"}, Exist: []string{"/c"}, Child: nil, Persistent: []string{"/d"}, Recursive: []string{"/"},
	}
	d = NewDecoder(appendSetWatches2(nil, watches))
	if diff := cmp.Diff(watches, DecodeSetWatches2(&d)); diff != "" || d.Err() != nil {
		t.Errorf("setWatches2: %v %s", d.Err(), diff)
	}
	ops := []MultiOp{
		{Type: OpCreate2, Path: "/a", Data: []byte("d"), ACL: worldACL, Flags: 3},
		{Type: OpSetData, Path: "/a", Version: 4},
		{Type: OpCheck, Path: "/a", Version: 5},
		{Type: OpDelete, Path: "/a", Version: -1},
	}
	d = NewDecoder(appendMulti(nil, ops))
	if diff := cmp.Diff(ops, DecodeMulti(&d, nil)); diff != "" || d.Err() != nil {
		t.Errorf("multi: %v %s", d.Err(), diff)
	}
}

func TestForeignOperationsInATransactionAreMalformed(t *testing.T) {
	for _, op := range []Op{OpGetData, OpPing, OpMulti, OpClose, 12345} {
		d := NewDecoder(AppendMultiEnd(appendMultiHeader(nil, multiHeader{Type: op})))
		if DecodeMulti(&d, nil); d.Err() != ErrMalformed {
			t.Errorf("type %d: %v", op, d.Err())
		}
	}
}

func TestReaderKeepsToTheLimit(t *testing.T) {
	const limit = 200_000
	for _, n := range []int{0, 1, 3, keepBuffer - 1, keepBuffer, keepBuffer + 1, limit} {
		payload := bytes.Repeat([]byte{'x'}, n)
		stream := AppendBuffer(AppendBuffer(nil, payload), []byte("next"))
		r := NewReader(iotest.HalfReader(bytes.NewReader(stream)), limit)
		if got, err := r.Next(); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		if got, err := r.Next(); err != nil || string(got) != "next" {
			t.Errorf("after %d bytes: got %q, %v", n, got, err)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
	for _, n := range []int32{-1, -1 << 31, limit + 1, 1<<31 - 1} {
		r := NewReader(bytes.NewReader(AppendInt32(nil, n)), limit)
		if _, err := r.Next(); !errors.Is(err, ErrFrame) {
			t.Errorf("length %d: %v", n, err)
		}
	}
}

func TestReaderTellsACutPacketFromTheEnd(t *testing.T) {
	whole := AppendString(nil, strings.Repeat("x", keepBuffer+10))
	for _, n := range []int{1, 3, 4, 5, keepBuffer + 4, len(whole) - 1} {
		r := NewReader(bytes.NewReader(whole[:n]), MaxPacket)
		if _, err := r.Next(); err != io.ErrUnexpectedEOF {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

func TestAnnouncedButUnsentBytesCostLittle(t *testing.T) {
	r := NewReader(bytes.NewReader(append(AppendInt32(nil, MaxPacket), "only this"...)), MaxPacket)
	if _, err := r.Next(); err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	if cap(r.packet) > 2*keepBuffer {
		t.Errorf("%d bytes were set aside", cap(r.packet))
	}
}

func TestReadingPacketsAllocatesNothing(t *testing.T) {
	const packets = 100
	// A reader's own memory is made by the first packet, and by the first run, which does not count.
	r := NewReader(bytes.NewReader(bytes.Repeat(AppendBuffer(nil, []byte("a packet")), packets*2)), 100)
	allocs := testing.AllocsPerRun(1, func() {
		for range packets {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for %d packets", allocs, packets)
	}
}

func TestWordIsOnlyLookedAt(t *testing.T) {
	r := NewReader(strings.NewReader("ruok"), MaxPacket)
	for range 2 {
		if w, err := r.Word(); w != "ruok" || err != nil {
			t.Errorf("got %q, %v", w, err)
		}
	}
}

package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzRecords gives the same bytes to every record's decoder: none may panic, fail with anything but ErrMalformed, or return
// more bytes than the packet had. The two records with lists of lists must also survive being written and read again.
func FuzzRecords(f *testing.F) {
	f.Add(appendCreate(nil, CreateRequest{Path: "/a", Data: []byte("x"), ACL: worldACL, Flags: 1}))
	f.Add(appendMulti(nil, []MultiOp{{Type: OpCreate, Path: "/a", ACL: worldACL}, {Type: OpCheck, Path: "/b", Version: -1}}))
	f.Add(appendMulti(nil, []MultiOp{{Type: OpCreateTTL, Path: "/t", ACL: worldACL, Flags: 5, TTL: 1}}))
	f.Add(appendMulti(nil, []MultiOp{{Type: OpGetData, Path: "/a"}, {Type: OpGetChildren, Path: "/"}}))
	f.Add(appendSetWatches2(nil, SetWatchesRequest{Relative: 1, Data: []string{"/a"}, Child: []string{"/", ""}}))
	f.Fuzz(func(t *testing.T, packet []byte) {
		for _, size := range decodeEach(t, packet) {
			if size > len(packet) {
				t.Errorf("%d bytes came out of %d", size, len(packet))
			}
		}
		d := NewDecoder(packet)
		if watches := DecodeSetWatches2(&d); d.Err() == nil {
			d = NewDecoder(appendSetWatches2(nil, watches))
			if diff := cmp.Diff(watches, DecodeSetWatches2(&d)); diff != "" {
				t.Error(diff)
			}
		}
		d = NewDecoder(packet)
		if ops := DecodeMulti(&d, nil); d.Err() == nil {
			d = NewDecoder(appendMulti(nil, ops))
			if diff := cmp.Diff(ops, DecodeMulti(&d, nil)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// decodeEach returns for each record how many bytes of strings and buffers it holds.
func decodeEach(t *testing.T, packet []byte) []int {
	var sizes []int
	with := func(decode func(*Decoder) int) {
		d := NewDecoder(packet)
		size := decode(&d)
		if err := d.Err(); err != nil && err != ErrMalformed {
			t.Errorf("error %v", err)
		}
		sizes = append(sizes, size)
	}
	with(func(d *Decoder) int { DecodeHeader(d); return 0 })
	with(func(d *Decoder) int { return len(DecodeConnect(d).Password) })
	with(func(d *Decoder) int { return len(DecodePath(d).Path) })
	with(func(d *Decoder) int { return len(DecodeRead(d).Path) })
	with(func(d *Decoder) int { return len(DecodeDelete(d).Path) })
	with(func(d *Decoder) int { r := DecodeAuth(d); return len(r.Scheme) + len(r.Auth) })
	with(func(d *Decoder) int { r := DecodeSetData(d); return len(r.Path) + len(r.Data) })
	with(func(d *Decoder) int { r := DecodeSetACL(d); return len(r.Path) + 12*len(r.ACL) })
	with(func(d *Decoder) int { r := DecodeCreate(d); return len(r.Path) + len(r.Data) + 12*len(r.ACL) })
	with(func(d *Decoder) int { r := DecodeCreateTTL(d); return len(r.Path) + len(r.Data) + 12*len(r.ACL) })
	with(func(d *Decoder) int { return len(DecodeWatch(d).Path) })
	with(func(d *Decoder) int { return 4 * len(DecodeSetWatches(d).Data) })
	with(func(d *Decoder) int { return 14 * (len(DecodeMulti(d, nil)) - 1) }) // the last may be cut
	return sizes
}

// FuzzReader reads an arbitrary stream to its end: every packet keeps to the limit, and the error says how the stream ended.
func FuzzReader(f *testing.F) {
	f.Add(AppendString(AppendString(nil, "one"), "two"))
	f.Add(AppendInt32(nil, -1))
	f.Fuzz(func(t *testing.T, stream []byte) {
		const limit = 100
		r := NewReader(bytes.NewReader(stream), limit)
		total := 0
		for {
			packet, err := r.Next()
			if err != nil {
				if err != io.EOF && err != io.ErrUnexpectedEOF && !errors.Is(err, ErrFrame) {
					t.Errorf("error %v", err)
				}
				break
			}
			if len(packet) > limit {
				t.Errorf("a packet of %d bytes", len(packet))
			}
			total += 4 + len(packet)
		}
		if total > len(stream) {
			t.Errorf("%d bytes came out of %d", total, len(stream))
		}
	})
}

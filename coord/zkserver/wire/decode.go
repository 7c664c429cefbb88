package wire

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed is the only error of a Decoder: the packet ended too early, or a count in it is impossible.
var ErrMalformed = errors.New("malformed packet")

// A Decoder takes one packet apart from the front. The first failure sticks: from then on every method returns zero values, so
// that a record may be read as a whole and Err asked once. What is left over behind the last record is no error.
type Decoder struct {
	rest []byte
	err  error
}

// NewDecoder returns a Decoder over one packet without its length.
func NewDecoder(packet []byte) Decoder { return Decoder{rest: packet} }

// Err is ErrMalformed after a failure, else nil.
func (d *Decoder) Err() error { return d.err }

// More reports whether bytes are left, which is how an optional last field shows.
func (d *Decoder) More() bool { return len(d.rest) > 0 }

// Fail makes the Decoder fail, for a caller that finds a value out of place.
func (d *Decoder) Fail() {
	d.rest, d.err = nil, ErrMalformed
}

// take returns the next n bytes, or nil if there are not as many.
func (d *Decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.Fail()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

// Bool reads a byte; whatever is not 0 is true.
func (d *Decoder) Bool() bool {
	b := d.take(1)
	return b != nil && b[0] != 0
}

// Int32 reads an int.
func (d *Decoder) Int32() int32 {
	if b := d.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// Int64 reads a long.
func (d *Decoder) Int64() int64 {
	if b := d.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// Buffer reads a buffer. It is nil if null, and otherwise lies in the packet.
func (d *Decoder) Buffer() []byte {
	n := d.Int32()
	if n == -1 || d.err != nil {
		return nil
	}
	return d.take(int(n))
}

// String reads a ustring; a null one is empty.
func (d *Decoder) String() string { return string(d.Buffer()) }

// Strings reads a vector of ustrings.
func (d *Decoder) Strings() []string {
	n := d.count(4)
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.String())
	}
	return list
}

// count reads a vector's length. A vector that could not fit into what is left of the packet, its elements taking at least size
// bytes each, is refused before anything is allocated for it.
func (d *Decoder) count(size int) int {
	n := d.Int32()
	if n == -1 || d.err != nil {
		return 0
	}
	if n < 0 || int(n) > len(d.rest)/size {
		d.Fail()
		return 0
	}
	return int(n)
}

package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxPacket is the longest packet that a server takes if nothing else is said, in bytes: ZooKeeper's default for jute.maxbuffer.
const MaxPacket = 0xfffff

// ErrFrame: the length in front of a packet is negative or over the limit. What follows cannot be told apart any more.
var ErrFrame = errors.New("impossible packet length")

// keepBuffer is the size, in bytes, up to which a buffer that one packet needed is kept for the next.
const keepBuffer = 64 << 10

// lengthSize is how many bytes a packet's length takes.
const lengthSize = 4

// A Reader reads packets from a stream.
type Reader struct {
	in     *bufio.Reader
	limit  int
	packet []byte
}

// NewReader returns a Reader that refuses packets longer than limit bytes.
func NewReader(in io.Reader, limit int) *Reader {
	return &Reader{in: bufio.NewReader(in), limit: limit}
}

// Word returns the first four bytes of the stream without taking them: a four-letter word, or a packet's length.
func (r *Reader) Word() (string, error) {
	b, err := r.in.Peek(lengthSize)
	return string(b), err
}

// Next returns the next packet, which is good until the call after. The error is io.EOF only between two packets.
//
// A length is believed only as far as bytes have come: a peer that announces much and sends little costs little.
func (r *Reader) Next() ([]byte, error) {
	head, err := r.in.Peek(lengthSize)
	if err != nil {
		if len(head) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	n := int(int32(binary.BigEndian.Uint32(head)))
	// They are buffered: this cannot fail.
	_, _ = r.in.Discard(lengthSize)
	if n < 0 || n > r.limit {
		return nil, fmt.Errorf("%w: %d", ErrFrame, n)
	}
	if cap(r.packet) > keepBuffer && n <= keepBuffer {
		r.packet = nil
	}
	r.packet = r.packet[:0]
	for len(r.packet) < n {
		if err := r.more(n); err != nil {
			return nil, err
		}
	}
	return r.packet, nil
}

// Ready reports whether Next has a whole packet without waiting for the peer.
func (r *Reader) Ready() bool {
	n := r.in.Buffered()
	if n < lengthSize {
		return false
	}
	length, _ := r.in.Peek(lengthSize)
	return uint64(n-lengthSize) >= uint64(binary.BigEndian.Uint32(length))
}

// more reads the next part of a packet of n bytes, at most doubling what has come so far.
func (r *Reader) more(n int) error {
	have := len(r.packet)
	want := min(n, max(2*have, keepBuffer))
	r.packet = slices.Grow(r.packet, want-have)[:want]
	_, err := io.ReadFull(r.in, r.packet[have:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

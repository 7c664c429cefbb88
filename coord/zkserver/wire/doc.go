// Package wire is the encoding of ZooKeeper's client protocol, as a server needs it: packets, headers and records, read with a
// [Decoder] and written by appending.
//
// Integers are big-endian. Strings, buffers and vectors carry a signed count in front, of which -1 means null. A packet is a
// length and that many bytes. The facts were taken from ZooKeeper 3.8's zookeeper.jute and from what a 3.8.0 server answers.
//
// # What it promises
//
// Whatever the bytes, decoding ends in records or in an error: it neither panics, nor reads outside the packet, nor allocates
// more than a small multiple of the packet's own size.
//
// # What it does not
//
// Meaning is not checked: an invalid path or an unknown flag decodes well. What a Decoder returns as bytes lies in the packet and
// is good only as long as that; strings are copies.
package wire

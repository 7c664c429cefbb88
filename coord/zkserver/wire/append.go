package wire

import (
	"encoding/binary"

	"github.com/hamaster/hamaster/coord"
)

// AppendBool appends a bool.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendInt32 appends an int.
func AppendInt32(b []byte, v int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }

// AppendInt64 appends a long.
func AppendInt64(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)) }

// AppendBuffer appends a buffer, which is null if v is nil.
func AppendBuffer(b, v []byte) []byte {
	if v == nil {
		return AppendInt32(b, -1)
	}
	return append(AppendInt32(b, int32(len(v))), v...)
}

// AppendString appends a ustring.
func AppendString(b []byte, v string) []byte { return append(AppendInt32(b, int32(len(v))), v...) }

// AppendStrings appends a vector of ustrings.
func AppendStrings(b []byte, list []string) []byte {
	b = AppendInt32(b, int32(len(list)))
	for _, s := range list {
		b = AppendString(b, s)
	}
	return b
}

// AppendStat appends a Stat, which takes 68 bytes.
func AppendStat(b []byte, s coord.Stat) []byte {
	b = AppendInt64(b, int64(s.Czxid))
	b = AppendInt64(b, int64(s.Mzxid))
	b = AppendInt64(b, s.Ctime)
	b = AppendInt64(b, s.Mtime)
	b = AppendInt32(b, s.Version)
	b = AppendInt32(b, s.Cversion)
	b = AppendInt32(b, s.Aversion)
	b = AppendInt64(b, int64(s.EphemeralOwner))
	b = AppendInt32(b, s.DataLength)
	b = AppendInt32(b, s.NumChildren)
	return AppendInt64(b, int64(s.Pzxid))
}

// AppendACLs appends a vector of ACL entries.
func AppendACLs(b []byte, list []coord.ACL) []byte {
	b = AppendInt32(b, int32(len(list)))
	for _, a := range list {
		b = AppendInt32(b, int32(a.Perms))
		b = AppendString(b, a.Scheme)
		b = AppendString(b, a.ID)
	}
	return b
}

// AppendEvent appends the whole packet, length included, that tells of a watched change.
func AppendEvent(b []byte, e coord.Event) []byte {
	b, start := BeginPacket(b)
	b = AppendReplyHeader(b, ReplyHeader{Xid: XidEvent, Zxid: -1})
	b = AppendInt32(b, int32(e.Type))
	b = AppendInt32(b, SyncConnected)
	b = AppendString(b, e.Path)
	return EndPacket(b, start)
}

// BeginPacket leaves room for a packet's length and returns where that is, for EndPacket.
func BeginPacket(b []byte) (_ []byte, start int) { return AppendInt32(b, 0), len(b) }

// EndPacket fills in the length of the packet that began at start.
func EndPacket(b []byte, start int) []byte {
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

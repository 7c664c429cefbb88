package wire

import "github.com/hamaster/hamaster/coord"

// PathRequest is the record of getACL and getAllChildrenNumber, and of sync and getEphemerals, the path being a prefix there.
type PathRequest struct{ Path string }

// DecodePath reads a PathRequest of an operation that takes a null path for a broken record.
func DecodePath(d *Decoder) PathRequest { return PathRequest{d.path()} }

// DecodePrefix reads a PathRequest of an operation that may have a null path, to which it is as good as empty.
func DecodePrefix(d *Decoder) PathRequest { return PathRequest{d.String()} }

// path reads a path that must not be null. A real server does not notice when it decodes, but stumbles over it soon after, and answers as
// if it had.
func (d *Decoder) path() string {
	b := d.Buffer()
	if b == nil {
		d.Fail()
	}
	return string(b)
}

// ReadRequest is the record of exists, getData and both getChildren.
type ReadRequest struct {
	Path  string
	Watch bool
}

// DecodeRead reads a ReadRequest.
func DecodeRead(d *Decoder) ReadRequest {
	return ReadRequest{Path: d.path(), Watch: d.Bool()}
}

// CreateRequest is the record of all four creates. The time to live, in milliseconds, is of createTTL alone.
type CreateRequest struct {
	Path  string
	Data  []byte // lies in the packet; nil if null
	ACL   []coord.ACL
	Flags int32
	TTL   int64
}

// DecodeCreate reads a CreateRequest without a time to live.
func DecodeCreate(d *Decoder) CreateRequest {
	return CreateRequest{Path: d.path(), Data: d.Buffer(), ACL: d.acls(), Flags: d.Int32()}
}

// DecodeCreateTTL reads a CreateRequest with a time to live.
func DecodeCreateTTL(d *Decoder) CreateRequest {
	r := DecodeCreate(d)
	r.TTL = d.Int64()
	return r
}

// VersionRequest is the record of delete and check.
type VersionRequest struct {
	Path    string
	Version int32
}

// DecodeDelete reads the VersionRequest of a delete.
func DecodeDelete(d *Decoder) VersionRequest {
	return VersionRequest{Path: d.path(), Version: d.Int32()}
}

// DecodeCheck reads the VersionRequest of a check, to which a null path is as invalid as an empty one.
func DecodeCheck(d *Decoder) VersionRequest {
	return VersionRequest{Path: d.String(), Version: d.Int32()}
}

// SetDataRequest is the record of setData.
type SetDataRequest struct {
	Path    string
	Data    []byte // lies in the packet; nil if null
	Version int32
}

// DecodeSetData reads a SetDataRequest.
func DecodeSetData(d *Decoder) SetDataRequest {
	return SetDataRequest{Path: d.String(), Data: d.Buffer(), Version: d.Int32()}
}

// SetACLRequest is the record of setACL. The version is that of the ACL.
type SetACLRequest struct {
	Path    string
	ACL     []coord.ACL
	Version int32
}

// DecodeSetACL reads a SetACLRequest.
func DecodeSetACL(d *Decoder) SetACLRequest {
	return SetACLRequest{Path: d.String(), ACL: d.acls(), Version: d.Int32()}
}

// SetWatchesRequest is the record of setWatches and setWatches2: what a client that changed its connection still waits for.
type SetWatchesRequest struct {
	Relative coord.Zxid // the newest that the client had seen
	Data     []string   // watches left by getData, or by exists on a node that was there
	Exist    []string   // watches left by exists on a node that was not
	Child    []string
	// The last two are of setWatches2 alone.
	Persistent []string
	Recursive  []string
}

// DecodeSetWatches reads the record of setWatches.
func DecodeSetWatches(d *Decoder) SetWatchesRequest {
	return SetWatchesRequest{
		Relative: coord.Zxid(d.Int64()),
		Data:     d.Strings(),
		Exist:    d.Strings(),
		Child:    d.Strings(),
	}
}

// DecodeSetWatches2 reads the record of setWatches2.
func DecodeSetWatches2(d *Decoder) SetWatchesRequest {
	r := DecodeSetWatches(d)
	r.Persistent, r.Recursive = d.Strings(), d.Strings()
	return r
}

// WatchRequest is the record of addWatch, whose Type is 0 for persistent or 1 for recursive, and of checkWatches and removeWatches, whose
// Type is 1 for children, 2 for data or 3 for either.
type WatchRequest struct {
	Path string
	Type int32
}

// DecodeWatch reads the WatchRequest of addWatch or removeWatches, to which a null path is as good as an empty one.
func DecodeWatch(d *Decoder) WatchRequest {
	return WatchRequest{Path: d.String(), Type: d.Int32()}
}

// DecodeCheckWatches reads the WatchRequest of checkWatches.
func DecodeCheckWatches(d *Decoder) WatchRequest {
	return WatchRequest{Path: d.path(), Type: d.Int32()}
}

// DecodeReconfig reads the record of reconfig, of which nothing is of use but that it can be read.
func DecodeReconfig(d *Decoder) struct{} {
	for range 3 {
		d.Buffer()
	}
	d.Int64()
	return struct{}{}
}

// acls reads a vector of ACL entries.
func (d *Decoder) acls() []coord.ACL {
	n := d.count(12)
	if n == 0 {
		return nil
	}
	list := make([]coord.ACL, 0, n)
	for range n {
		list = append(list, coord.ACL{Perms: coord.Perms(d.Int32()), Scheme: d.String(), ID: d.String()})
	}
	return list
}

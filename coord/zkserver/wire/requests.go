package wire

import "github.com/hamaster/hamaster/coord"

// PathRequest is the record of getACL and sync.
type PathRequest struct{ Path string }

// DecodePath reads a PathRequest.
func DecodePath(d *Decoder) PathRequest { return PathRequest{d.String()} }

// ReadRequest is the record of exists, getData and both getChildren.
type ReadRequest struct {
	Path  string
	Watch bool
}

// DecodeRead reads a ReadRequest.
func DecodeRead(d *Decoder) ReadRequest {
	return ReadRequest{Path: d.String(), Watch: d.Bool()}
}

// CreateRequest is the record of create and create2.
type CreateRequest struct {
	Path  string
	Data  []byte // lies in the packet; nil if null
	ACL   []coord.ACL
	Flags int32
}

// DecodeCreate reads a CreateRequest.
func DecodeCreate(d *Decoder) CreateRequest {
	return CreateRequest{Path: d.String(), Data: d.Buffer(), ACL: d.acls(), Flags: d.Int32()}
}

// VersionRequest is the record of delete and check.
type VersionRequest struct {
	Path    string
	Version int32
}

// DecodeVersion reads a VersionRequest.
func DecodeVersion(d *Decoder) VersionRequest {
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

package wire

// The client's half of the encoding, which only tests need.

func appendCreate(b []byte, r CreateRequest) []byte {
	b = AppendString(b, r.Path)
	b = AppendBuffer(b, r.Data)
	b = AppendACLs(b, r.ACL)
	return AppendInt32(b, r.Flags)
}

func appendSetWatches2(b []byte, r SetWatchesRequest) []byte {
	b = AppendInt64(b, int64(r.Relative))
	for _, list := range [][]string{r.Data, r.Exist, r.Child, r.Persistent, r.Recursive} {
		b = AppendStrings(b, list)
	}
	return b
}

func appendMulti(b []byte, ops []MultiOp) []byte {
	for _, op := range ops {
		b = appendMultiHeader(b, multiHeader{Type: op.Type, Code: -1})
		switch op.Type {
		case OpCreate, OpCreate2, OpCreateContainer, OpCreateTTL:
			b = appendCreate(b, CreateRequest{Path: op.Path, Data: op.Data, ACL: op.ACL, Flags: op.Flags})
			if op.Type == OpCreateTTL {
				b = AppendInt64(b, op.TTL)
			}
		case OpGetData, OpGetChildren:
			b = AppendBool(AppendString(b, op.Path), false)
		case OpSetData:
			b = AppendString(b, op.Path)
			b = AppendBuffer(b, op.Data)
			b = AppendInt32(b, op.Version)
		default:
			b = AppendString(b, op.Path)
			b = AppendInt32(b, op.Version)
		}
	}
	return AppendMultiEnd(b)
}

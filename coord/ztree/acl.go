package ztree

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// Identity is one thing that a connection has proved to be: ("ip", its remote address), ("digest", "user:base64 of the hash"),
// or ("super", ""), which may do everything.
type Identity struct {
	Scheme, ID string
}

// guard is a node's ACL as it is stored; nil is open to everybody. It is never modified: clones, changes and notices share it.
type guard []coord.ACL

// openACL is what a node without a guard has.
var openACL = guard{{Perms: coord.PermAll, Scheme: "world", ID: "anyone"}}

// allows reports whether the ACL gives one of the identities, or everybody, one of the permissions.
func (g *guard) allows(perm coord.Perms, auth []Identity) bool {
	return g == nil || g.permits(perm, auth)
}

// permits is allows for what is guarded. (Apart, so that the check of open nodes, which nearly all are, is inlined.)
func (g *guard) permits(perm coord.Perms, auth []Identity) bool {
	for _, who := range auth {
		if who.Scheme == "super" {
			return true
		}
	}
	for _, entry := range *g {
		if entry.Perms&perm == 0 {
			continue
		}
		if entry.Scheme == "world" && entry.ID == "anyone" {
			return true
		}
		for _, who := range auth {
			if who.Scheme == entry.Scheme && matches(who, entry.ID) {
				return true
			}
		}
	}
	return false
}

func matches(who Identity, id string) bool {
	if who.Scheme != "ip" || who.ID == id {
		return who.ID == id
	}
	net, ok := parseNet(id)
	addr, err := netip.ParseAddr(who.ID)
	return ok && err == nil && net.Contains(addr.Unmap())
}

// parseNet reads an IPv4 address with or without the length of a prefix.
func parseNet(id string) (netip.Prefix, bool) {
	if !strings.Contains(id, "/") {
		id += "/32"
	}
	net, err := netip.ParsePrefix(id)
	return net, err == nil && net.Addr().Is4()
}

// resolveACL turns the ACL that a client sent into the one that is stored: exact duplicates fall out, the scheme "auth" becomes what
// the client has proved to be, and whatever could never match is refused. nil stays nil, and means open to everybody.
func resolveACL(acl []coord.ACL, auth []Identity) (*guard, error) {
	if acl == nil {
		return nil, nil
	}
	var stored guard
	for _, sent := range acl {
		entries := []coord.ACL{sent}
		if sent.Scheme == "auth" {
			entries = provedEntries(sent.Perms, auth)
		} else if !validEntry(sent) {
			return nil, coord.ErrInvalidACL
		}
		if len(entries) == 0 {
			return nil, coord.ErrInvalidACL
		}
		for _, entry := range entries {
			if !slices.Contains(stored, entry) {
				stored = append(stored, entry)
			}
		}
	}
	switch {
	case len(stored) == 0:
		return nil, coord.ErrInvalidACL
	case slices.Equal(stored, openACL):
		return nil, nil
	}
	return &stored, nil
}

// provedEntries gives the permissions to all that a client has authenticated as. An address is nothing one authenticates as.
func provedEntries(perms coord.Perms, auth []Identity) []coord.ACL {
	var entries []coord.ACL
	for _, who := range auth {
		if who.Scheme == "digest" {
			entries = append(entries, coord.ACL{Perms: perms, Scheme: who.Scheme, ID: who.ID})
		}
	}
	return entries
}

func validEntry(entry coord.ACL) bool {
	switch entry.Scheme {
	case "world":
		return entry.ID == "anyone"
	case "digest":
		user, hash, ok := strings.Cut(entry.ID, ":")
		return ok && user != "" && hash != "" && !strings.Contains(hash, ":")
	case "ip":
		_, ok := parseNet(entry.ID)
		return ok
	}
	return false
}

// SetACL replaces a node's ACL if version is its Aversion, or in any case with AnyVersion. It changes neither version nor mzxid and
// is told to nobody. Errors: ErrInvalid, ErrInvalidACL, ErrNoNode, ErrNoAuth, ErrBadVersion.
func (t *Tree) SetACL(x *Txn, path string, acl []coord.ACL, version int32) (coord.Stat, error) {
	if err := t.begin(x); err != nil {
		return coord.Stat{}, err
	}
	if !validPath(path) {
		return coord.Stat{}, coord.ErrInvalid
	}
	stored, err := resolveACL(acl, x.Auth)
	if err != nil {
		return coord.Stat{}, err
	}
	at, ok := t.lookup(path)
	if !ok {
		return coord.Stat{}, coord.ErrNoNode
	}
	n := &t.nodes[at]
	switch {
	case !n.acl.allows(coord.PermAdmin, x.Auth):
		return coord.Stat{}, coord.ErrNoAuth
	case version != coord.AnyVersion && version != n.aversion:
		return coord.Stat{}, coord.ErrBadVersion
	}
	t.size -= n.size()
	n.acl = stored
	t.size += n.size()
	n.aversion++
	return n.stat(), nil
}

// ACL returns a node's ACL, which must not be modified, and its Stat. Without the permission to administer, what a digest entry
// hashes is replaced by "x". Errors: ErrNoNode, ErrNoAuth (neither read nor admin).
func (t *Tree) ACL(path string, auth []Identity) ([]coord.ACL, coord.Stat, error) {
	at, ok := t.lookup(path)
	if !ok {
		return nil, coord.Stat{}, coord.ErrNoNode
	}
	n := &t.nodes[at]
	switch {
	case n.acl == nil:
		return openACL, n.stat(), nil
	case n.acl.allows(coord.PermAdmin, auth):
		return *n.acl, n.stat(), nil
	case !n.acl.allows(coord.PermRead, auth):
		return nil, coord.Stat{}, coord.ErrNoAuth
	}
	masked := slices.Clone(*n.acl)
	for i := range masked {
		if user, _, ok := strings.Cut(masked[i].ID, ":"); ok && masked[i].Scheme == "digest" {
			masked[i].ID = user + ":x"
		}
	}
	return masked, n.stat(), nil
}

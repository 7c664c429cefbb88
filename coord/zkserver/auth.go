package zkserver

import (
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/hamaster/hamaster/coord/zkserver/wire"
	"github.com/hamaster/hamaster/coord/ztree"
)

// addAuth adds an identity to the connection, for the rest of its life. A wrong password is not noticed here: it makes an identity
// that no ACL names.
func addAuth(x *exchange, r wire.AuthRequest) error {
	c := x.c
	switch r.Scheme {
	case "ip":
		return nil
	case "digest":
		who := ztree.Identity{Scheme: "digest", ID: digest(string(r.Auth))}
		if who.ID == c.srv.cfg.SuperDigest {
			c.identify(ztree.Identity{Scheme: "super"})
		}
		if c.identify(who) {
			return nil
		}
	}
	x.finish()
	return wire.AuthFailed
}

// identify adds what the peer has shown to be, unless it has shown too much.
func (c *conn) identify(who ztree.Identity) bool {
	switch {
	case slices.Contains(c.auth, who):
		return true
	case len(c.auth) >= maxIdentities:
		return false
	}
	// Reads hand the slice to the tree without copying it, but never keep it beyond the lock.
	c.auth = append(c.auth, who)
	return true
}

// maxIdentities bounds what one connection can make every check of an ACL go through.
const maxIdentities = 64

// digest is what ZooKeeper's DigestAuthenticationProvider makes of "user:password": SHA-1 is part of the protocol, not a choice.
func digest(userPassword string) string {
	user, _, _ := strings.Cut(userPassword, ":")
	sum := sha1.Sum([]byte(userPassword))
	return user + ":" + base64.StdEncoding.EncodeToString(sum[:])
}

func whoAmI(x *exchange, _ struct{}) error {
	x.reply = wire.AppendInt32(x.reply, int32(len(x.c.auth)))
	for _, who := range x.c.auth {
		user := who.ID
		if who.Scheme == "digest" {
			user, _, _ = strings.Cut(user, ":")
		}
		x.reply = wire.AppendString(wire.AppendString(x.reply, who.Scheme), user)
	}
	return nil
}

// decodeSASL refuses a null token.
func decodeSASL(in *wire.Decoder) []byte {
	token := in.Buffer()
	if token == nil {
		in.Fail()
	}
	return token
}

// sasl gets what a server gives that has none configured: success, and no token.
func sasl(x *exchange, _ []byte) error {
	x.reply = wire.AppendBuffer(x.reply, nil)
	return nil
}

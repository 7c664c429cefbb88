package zkserver_test

import (
	"io"
	"strings"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

func authBody(scheme, auth string) []byte {
	b := wire.AppendString(wire.AppendInt32(nil, 0), scheme)
	return wire.AppendBuffer(b, []byte(auth))
}

// annSecret is what the digest scheme makes of the user ann with the password secret.
const annSecret = "ann:7RJfAeIvrl4zdj6sS2fXrQHDvHM="

func TestDigestOpensWhatItsACLGuards(t *testing.T) {
	srv := start(t, zkserver.Config{})
	owner, stranger := connect(t, srv), connect(t, srv)
	owner.sendAs(-4, wire.OpAuth, authBody("digest", "ann:secret"))
	if xid, code, _ := owner.reply(); xid != -4 || code != wire.OK || owner.zxid != 0 {
		t.Errorf("auth: xid %d, zxid %v, code %d", xid, owner.zxid, code)
	}
	acl := coord.ACL{Perms: coord.PermAll, Scheme: "auth"}
	owner.want(wire.OK, wire.OpCreate, createBody("/a", []byte("x"), 0, acl))
	stranger.want(wire.NoAuth, wire.OpGetData, readBody("/a", false))
	stranger.want(wire.NoAuth, wire.OpSetData, setBody("/a", nil, -1))
	stranger.want(wire.NoAuth, wire.OpGetACL, wire.AppendString(nil, "/a"))
	stranger.want(wire.InvalidACL, wire.OpCreate, createBody("/b", nil, 0, acl))
	stranger.want(wire.OK, wire.OpAuth, authBody("digest", "ann:wrong"))
	stranger.want(wire.NoAuth, wire.OpGetData, readBody("/a", false))
	stranger.want(wire.OK, wire.OpAuth, authBody("digest", "ann:secret"))
	stranger.want(wire.OK, wire.OpGetData, readBody("/a", false))
	d := owner.want(wire.OK, wire.OpGetACL, wire.AppendString(nil, "/a"))
	if n, perms, scheme, id := d.Int32(), d.Int32(), d.String(), d.String(); n != 1 || perms != 31 ||
		scheme != "digest" || id != annSecret {
		t.Errorf("%d entries, %d %s %s", n, perms, scheme, id)
	}
}

func TestACLIsReplacedByItsVersion(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpCreate, createBody("/a", nil, 0))
	readOnly := []coord.ACL{{Perms: coord.PermRead | coord.PermAdmin, Scheme: "world", ID: "anyone"}}
	body := wire.AppendACLs(wire.AppendString(nil, "/a"), readOnly)
	c.want(wire.BadVersion, wire.OpSetACL, wire.AppendInt32(body, 5))
	d := c.want(wire.OK, wire.OpSetACL, wire.AppendInt32(body, 0))
	if s := stat(&d); s.Aversion != 1 || s.Version != 0 {
		t.Errorf("%+v", s)
	}
	c.want(wire.NoAuth, wire.OpSetData, setBody("/a", nil, -1))
	c.want(wire.OK, wire.OpGetData, readBody("/a", false))
}

func TestUnknownSchemeIsRefusedAndEndsTheConnection(t *testing.T) {
	srv := start(t, zkserver.Config{})
	for _, scheme := range []string{"world", "kerberos", ""} {
		c := connect(t, srv)
		c.want(wire.AuthFailed, wire.OpAuth, authBody(scheme, "x"))
		c.wantClosed()
	}
}

func TestWhoAmIListsWhatTheConnectionHasShown(t *testing.T) {
	c := connect(t, start(t, zkserver.Config{}))
	c.want(wire.OK, wire.OpAuth, authBody("digest", "ann:secret"))
	d := c.want(wire.OK, wire.OpWhoAmI, nil)
	if n := d.Int32(); n != 2 {
		t.Errorf("%d identities", n)
	}
	for _, want := range []string{"ip", "127.0.0.1", "digest", "ann"} {
		if got := d.String(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestWordsAreAnsweredOnAFreshConnection(t *testing.T) {
	srv := start(t, zkserver.Config{Zxid: 0xab})
	connect(t, srv).ping()
	for word, want := range map[string][]string{
		"ruok": {"imok"},
		"isro": {"rw"},
		"envi": {"Environment:\nzookeeper.version=3.8.0-"},
		"srvr": {"Zookeeper version: ", "Zxid: 0xac\n", "Mode: standalone\n", "Node count: 5\n"},
		"stat": {"Clients:\n /127.0.0.1:", "Mode: standalone\n"},
	} {
		c := dial(t, srv)
		c.sendBytes([]byte(word))
		answer, err := io.ReadAll(c.nc)
		if err != nil {
			t.Errorf("%s: %v", word, err)
		}
		for _, part := range want {
			if !strings.Contains(string(answer), part) {
				t.Errorf("%s: no %q in %q", word, part, answer)
			}
		}
	}
}

package ztree_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/ztree"
)

func entry(scheme, id string) coord.ACL {
	return coord.ACL{Perms: coord.PermAll, Scheme: scheme, ID: id}
}

func TestACLEntriesAreValidated(t *testing.T) {
	for _, c := range []struct {
		entry coord.ACL
		valid bool
	}{
		{entry("world", "anyone"), true},
		{entry("world", "everyone"), false},
		{entry("digest", "a:b"), true},
		{entry("digest", "a:"), false},
		{entry("digest", ":b"), false},
		{entry("digest", "a"), false},
		{entry("digest", "a:b:c"), false},
		{entry("ip", "10.0.0.1"), true},
		{entry("ip", "10.0.0.0/8"), true},
		{entry("ip", "10.0.0.0/0"), true},
		{entry("ip", "10.0.0.0/33"), false},
		{entry("ip", "::1"), false},
		{entry("ip", "host"), false},
		{entry("x509", "CN=a"), false},
		{entry("sasl", "a"), false},
		{entry("super", ""), false},
		{entry("", ""), false},
		{entry("auth", ""), false}, // for one who has proved nothing
	} {
		f := newFixture(t)
		f.x.Auth = []ztree.Identity{{Scheme: "ip", ID: "10.0.0.1"}}
		_, _, err := f.tree.Create(&f.x, "/a", nil, coord.Persistent, []coord.ACL{c.entry})
		if c.valid && err != nil || !c.valid && !errors.Is(err, coord.ErrInvalidACL) {
			t.Errorf("%+v: %v", c.entry, err)
		}
	}
}

func TestACLIsStoredResolved(t *testing.T) {
	alice, bob := ztree.Identity{Scheme: "digest", ID: "alice:h"}, ztree.Identity{Scheme: "digest", ID: "bob:h"}
	f := newFixture(t)
	f.x.Auth = []ztree.Identity{{Scheme: "ip", ID: "10.0.0.1"}, alice, bob}
	_, _, err := f.tree.Create(&f.x, "/a", nil, coord.Persistent, []coord.ACL{
		{Perms: 3, Scheme: "auth"}, entry("ip", "10.0.0.1"), entry("ip", "10.0.0.1"), {Perms: 3, Scheme: "digest", ID: "bob:h"},
		{Perms: 1 << 20, Scheme: "world", ID: "anyone"},
	})
	f.must(err)
	want := []coord.ACL{
		{Perms: 3, Scheme: "digest", ID: "alice:h"}, {Perms: 3, Scheme: "digest", ID: "bob:h"}, entry("ip", "10.0.0.1"),
		{Perms: 1 << 20, Scheme: "world", ID: "anyone"},
	}
	got, _, err := f.tree.ACL("/a", f.x.Auth)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	// Without the right to administer, hashes are nobody's business.
	masked, _, err := f.tree.ACL("/a", []ztree.Identity{alice})
	if err != nil || masked[0].ID != "alice:x" || masked[1].ID != "bob:x" || masked[2].ID != "10.0.0.1" {
		t.Errorf("got %v, %v", masked, err)
	}
	if _, _, err := f.tree.ACL("/a", nil); !errors.Is(err, coord.ErrNoAuth) {
		t.Errorf("a stranger got %v", err)
	}
}

func TestACLMatchesWhatTheClientProved(t *testing.T) {
	ip := func(addr string) ztree.Identity { return ztree.Identity{Scheme: "ip", ID: addr} }
	for _, c := range []struct {
		acl  coord.ACL
		who  []ztree.Identity
		want bool
	}{
		{entry("world", "anyone"), nil, true},
		{entry("digest", "a:b"), nil, false},
		{entry("digest", "a:b"), []ztree.Identity{{Scheme: "digest", ID: "a:c"}}, false},
		{entry("digest", "a:b"), []ztree.Identity{{Scheme: "digest", ID: "x:y"}, {Scheme: "digest", ID: "a:b"}}, true},
		{entry("digest", "a:b"), []ztree.Identity{{Scheme: "super"}}, true},
		{entry("ip", "10.1.2.3"), []ztree.Identity{ip("10.1.2.3")}, true},
		{entry("ip", "10.1.2.3"), []ztree.Identity{ip("::ffff:10.1.2.3")}, true},
		{entry("ip", "10.1.2.3"), []ztree.Identity{ip("10.1.2.4")}, false},
		{entry("ip", "10.1.0.0/16"), []ztree.Identity{ip("10.1.200.1")}, true},
		{entry("ip", "10.1.0.0/16"), []ztree.Identity{ip("10.2.0.1")}, false},
		{entry("ip", "0.0.0.0/0"), []ztree.Identity{ip("192.0.2.1")}, true},
		{coord.ACL{Perms: coord.PermWrite, Scheme: "world", ID: "anyone"}, nil, false},
	} {
		f := newFixture(t)
		_, _, err := f.tree.Create(&f.x, "/a", nil, coord.Persistent, []coord.ACL{c.acl})
		f.must(err)
		if _, _, err := f.tree.Get("/a", c.who); (err == nil) != c.want {
			t.Errorf("%+v for %v: %v", c.acl, c.who, err)
		}
	}
}

func TestACLChangeIsToldToNobody(t *testing.T) {
	f := newFixture(t)
	f.create("/a")
	before := f.stat("/a")
	stat, err := f.tree.SetACL(&f.x, "/a", deny(coord.PermWrite), 0)
	f.must(err)
	before.Aversion = 1
	if stat != before || len(f.x.Changes) != 0 {
		t.Errorf("got %+v, changes %v", stat, f.x.Changes)
	}
}

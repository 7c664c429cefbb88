package ztree_test

import (
	"testing"

	"github.com/hamaster/hamaster/coord"
)

// lawn is a tree in which each rule can be broken: /a with a child, /locked that denies everything below it, an ephemeral /e.
func lawn(t *testing.T) *fixture {
	f := newFixture(t)
	f.create("/a", "/a/b", "~/e")
	for _, path := range []string{"/locked", "/locked/in"} {
		_, _, err := f.tree.Create(&f.x, path, nil, coord.Persistent, nil)
		f.must(err)
	}
	_, err := f.tree.SetACL(&f.x, "/locked", deny(coord.PermAll), coord.AnyVersion)
	f.must(err)
	return f
}

func TestCreateRefusesInTheServersOrder(t *testing.T) {
	f := lawn(t)
	empty := []coord.ACL{}
	for _, c := range []struct {
		path string
		mode coord.CreateMode
		acl  []coord.ACL
		want error
	}{
		{"", 0, nil, coord.ErrInvalid},
		{"a", 0, nil, coord.ErrInvalid},
		{"/a\x00", 0, empty, coord.ErrInvalid},
		{"/nope/x", 4, nil, coord.ErrInvalid},
		{"/a", 0, empty, coord.ErrInvalidACL},
		{"/nope/x", 0, empty, coord.ErrInvalidACL},
		{"/nope//x", 0, nil, coord.ErrNoNode},
		{"/nope/", 0, nil, coord.ErrNoNode},
		{"/a/b/c/d", 0, nil, coord.ErrNoNode},
		{"/e/x/y", 0, nil, coord.ErrNoNode},
		{"/locked/..", 0, nil, coord.ErrNoAuth},
		{"/locked/in", 0, nil, coord.ErrNoAuth},
		{"/a/..", 0, nil, coord.ErrInvalid},
		{"/a/", 0, nil, coord.ErrInvalid},
		{"/a/.", 0, nil, coord.ErrInvalid},
		{"/a/x\x1f", 0, nil, coord.ErrInvalid},
		{"/a/x\u0085", 0, nil, coord.ErrInvalid},
		{"/a/\U0001F600", 0, nil, coord.ErrInvalid},
		{"/a/\uE000", 0, nil, coord.ErrInvalid},
		{"/", 0, nil, coord.ErrNodeExists},
		{"/a/b", 1, nil, coord.ErrNodeExists},
		{"/zookeeper/config", 0, nil, coord.ErrNodeExists},
		{"/e/x", 0, nil, coord.ErrNoChildrenForEphemerals},
		{"/e/x", 2, nil, coord.ErrNoChildrenForEphemerals},
		{"/a/x y", 0, nil, nil},
		{"/a/...", 0, nil, nil},
		{"/a/.a", 0, nil, nil},
		{"/a/été", 0, nil, nil},
		{"/a/\uF900", 0, nil, nil},
		{"/a/\uFFEF", 0, nil, nil},
		{"/a/", 2, nil, nil},
	} {
		f.refused("create "+c.path, c.want, func() error {
			_, _, err := f.tree.Create(&f.x, c.path, nil, c.mode, c.acl)
			return err
		})
	}
}

func TestDeleteRefusesInTheServersOrder(t *testing.T) {
	f := lawn(t)
	for _, c := range []struct {
		path    string
		version int32
		want    error
	}{
		{"/", -1, coord.ErrInvalid},
		{"", -1, coord.ErrInvalid},
		{"a", -1, coord.ErrInvalid},
		{"/a\x00", -1, coord.ErrInvalid},
		{"/zookeeper", -1, coord.ErrInvalid},
		{"/zookeeper/quota", -1, coord.ErrInvalid},
		{"/zookeeper/config", -1, coord.ErrInvalid},
		{"/nope/x", -1, coord.ErrNoNode},
		{"/locked/nope", -1, coord.ErrNoAuth},
		{"/locked/in", 5, coord.ErrNoAuth},
		{"/a/nope", 5, coord.ErrNoNode},
		{"/a/", -1, coord.ErrNoNode},
		{"/a/..", -1, coord.ErrNoNode},
		{"/a", 5, coord.ErrBadVersion},
		{"/a", -2, coord.ErrBadVersion},
		{"/a", 0, coord.ErrNotEmpty},
		{"/a/b", 0, nil},
		{"/a", -1, nil},
	} {
		f.refused("delete "+c.path, c.want, func() error { return f.tree.Delete(&f.x, c.path, c.version) })
	}
}

// The permission to delete is the parent's: what the node itself allows does not matter.
func TestDeleteAsksTheParentOnly(t *testing.T) {
	f := newFixture(t)
	f.create("/a")
	_, _, err := f.tree.Create(&f.x, "/a/b", nil, coord.Persistent, deny(coord.PermAll&^coord.PermAdmin))
	f.must(err)
	f.must(f.tree.Delete(&f.x, "/a/b", -1))
}

func TestSetAndCheckRefuseInTheServersOrder(t *testing.T) {
	f := lawn(t)
	for _, c := range []struct {
		path    string
		version int32
		want    error
	}{
		{"", -1, coord.ErrInvalid},
		{"/a/", -1, coord.ErrInvalid},
		{"/nope//x", -1, coord.ErrInvalid},
		{"/nope", 5, coord.ErrNoNode},
		{"/locked", 5, coord.ErrNoAuth},
		{"/a", 5, coord.ErrBadVersion},
		{"/a", -2, coord.ErrBadVersion},
		{"/a", 0, nil},
		{"/", -1, nil},
		{"/zookeeper/quota", -1, nil},
	} {
		f.refused("check "+c.path, c.want, func() error { return f.tree.Check(&f.x, c.path, c.version) })
		f.refused("set "+c.path, c.want, func() error {
			_, err := f.tree.Set(&f.x, c.path, nil, c.version)
			return err
		})
	}
	f.refused("set of the configuration", coord.ErrNoAuth, func() error {
		_, err := f.tree.Set(&f.x, "/zookeeper/config", nil, -1)
		return err
	})
}

func TestSetACLRefusesInTheServersOrder(t *testing.T) {
	f := lawn(t)
	for _, c := range []struct {
		path    string
		acl     []coord.ACL
		version int32
		want    error
	}{
		{"/a/", []coord.ACL{}, -1, coord.ErrInvalid},
		{"/nope", []coord.ACL{}, -1, coord.ErrInvalidACL},
		{"/nope", nil, -1, coord.ErrNoNode},
		{"/locked", nil, 9, coord.ErrNoAuth},
		{"/a", nil, 1, coord.ErrBadVersion},
		{"/a", nil, 0, nil},
		{"/a", nil, 0, coord.ErrBadVersion},
		{"/a", nil, 1, nil},
	} {
		f.refused("setACL "+c.path, c.want, func() error {
			_, err := f.tree.SetACL(&f.x, c.path, c.acl, c.version)
			return err
		})
	}
}

func TestReadsDoNotValidatePaths(t *testing.T) {
	f := lawn(t)
	for _, c := range []struct {
		path      string
		exists    error
		get, list error
	}{
		{"", nil, nil, nil},
		{"/", nil, nil, nil},
		{"/a", nil, nil, nil},
		{"/a/", coord.ErrNoNode, coord.ErrNoNode, coord.ErrNoNode},
		{"a", coord.ErrNoNode, coord.ErrNoNode, coord.ErrNoNode},
		{"/nope", coord.ErrNoNode, coord.ErrNoNode, coord.ErrNoNode},
		{"/locked", nil, coord.ErrNoAuth, coord.ErrNoAuth},
		{"/locked/in", nil, nil, nil},
	} {
		before := f.tree.Zxid()
		_, exists := f.tree.Exists(c.path)
		_, _, get := f.tree.Get(c.path, nil)
		_, _, list := f.tree.Children(nil, c.path, nil)
		if exists != c.exists || get != c.get || list != c.list {
			t.Errorf("%q: exists %v, get %v, children %v, want %+v", c.path, exists, get, list, c)
		}
		if f.tree.Zxid() != before {
			t.Errorf("%q: a read took a zxid", c.path)
		}
	}
}

func TestWritesOfASessionThatIsOverAreRefusedFirst(t *testing.T) {
	f := lawn(t)
	f.must(f.tree.CloseSession(&f.x, 7))
	for what, write := range map[string]func() error{
		"create":       func() error { _, _, err := f.tree.Create(&f.x, "", nil, 9, nil); return err },
		"set":          func() error { _, err := f.tree.Set(&f.x, "", nil, -1); return err },
		"delete":       func() error { return f.tree.Delete(&f.x, "", -1) },
		"check":        func() error { return f.tree.Check(&f.x, "", -1) },
		"setACL":       func() error { _, err := f.tree.SetACL(&f.x, "", nil, -1); return err },
		"multi":        func() error { _, _, err := f.tree.Multi(&f.x, nil); return err },
		"closeSession": func() error { return f.tree.CloseSession(&f.x, 7) },
	} {
		f.refused(what, coord.ErrSessionExpired, write)
	}
}

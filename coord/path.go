package coord

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxData is the most that a node's data may hold, in bytes: ZooKeeper's default limit for a whole request (jute.maxbuffer,
// 1,048,575 bytes) less room for the path and the headers.
const MaxData = 1<<20 - 4096

// ValidatePath returns an error that matches ErrInvalid unless path is absolute, has no empty, "." or ".." element, no trailing
// slash (but "/" itself is a path), and no character that ZooKeeper refuses: controls, surrogates and the private use area,
// U+FFF0 to U+FFFF, and anything beyond the basic plane (org.apache.zookeeper.common.PathUtils).
func ValidatePath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("%w: path is empty", ErrInvalid)
	case path[0] != '/':
		return fmt.Errorf("%w: path %q is relative: it must start with a slash", ErrInvalid, path)
	case path == "/":
		return nil
	case path[len(path)-1] == '/':
		return fmt.Errorf("%w: path %q ends in a slash", ErrInvalid, path)
	}
	for name := range strings.SplitSeq(path[1:], "/") {
		if err := ValidateName(name); err != nil {
			return fmt.Errorf("path %q: %w", path, err)
		}
	}
	return nil
}

// ValidateCreatePath is ValidatePath for a path that a node is created at. A sequential mode may leave the last element empty, but not
// "." or "..": a server would take these, with their number, but not every client lets them through (go-zookeeper's validatePath).
func ValidateCreatePath(path string, mode CreateMode) error {
	if !mode.Valid() {
		return fmt.Errorf("%w: unknown mode %v", ErrInvalid, mode)
	}
	if mode.IsSequential() && !strings.HasSuffix(path, "/.") && !strings.HasSuffix(path, "/..") {
		path += "0"
	}
	return ValidatePath(path)
}

// ValidateName returns an error that matches ErrInvalid unless name can be one element of a path.
func ValidateName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: empty element", ErrInvalid)
	case name == "." || name == "..":
		return fmt.Errorf("%w: element %q is relative", ErrInvalid, name)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: element %q is not UTF-8", ErrInvalid, name)
	}
	for _, r := range name {
		if r == '/' || r <= 0x1f || r >= 0x7f && r <= 0x9f || r >= 0xd800 && r <= 0xf8ff || r >= 0xfff0 {
			return fmt.Errorf("%w: element %q has the character %U", ErrInvalid, name, r)
		}
	}
	return nil
}

// SplitPath returns a valid path's parent and last element: "/a/b" gives "/a" and "b", "/a" gives "/" and "a", "/" gives "" and "".
func SplitPath(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	if len(path) <= 1 || i < 0 {
		return "", ""
	}
	if i == 0 {
		return "/", path[1:]
	}
	return path[:i], path[i+1:]
}

// JoinPath returns the path of the child with that name under a valid path.
func JoinPath(parent, name string) string {
	if parent == "/" {
		return "/" + name
	}
	return parent + "/" + name
}

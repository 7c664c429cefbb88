package ztree

import (
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// parentOf cuts a path, well formed or not, before its last slash, as a server does: the parent of "/a" is "", which is the root.
func parentOf(path string) string {
	return path[:strings.LastIndexByte(path, '/')]
}

// validPath is what a server's PathUtils.validatePath accepts.
func validPath(path string) bool {
	// Nearly every path is plain, and that is quick to see.
	if plainPath(path) {
		return true
	}
	return coord.ValidatePath(path) == nil
}

// plainPath reports whether a path is surely valid: of printable ASCII, with no element empty or beginning with a dot.
func plainPath(path string) bool {
	if len(path) < 2 || path[0] != '/' || path[len(path)-1] == '/' {
		return false
	}
	slash := false
	for i := range len(path) {
		c := path[i]
		if c < ' ' || c > '~' || slash && (c == '/' || c == '.') {
			return false
		}
		slash = c == '/'
	}
	return true
}

// deletable reports whether a server looks for the node at all when it is asked to delete it.
func deletable(path string) bool {
	switch path {
	case "/", systemPath, quotaPath, configPath:
		return false
	}
	return strings.Contains(path, "/") && !strings.Contains(path, "\x00")
}

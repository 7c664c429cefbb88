package ztree

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hamaster/hamaster/coord"
)

// ErrQuotaExceeded refuses a write that would take a subtree over a hard limit, in a tree that enforces quotas.
var ErrQuotaExceeded = errors.New("quota exceeded")

// A quota on the subtree of a path is two nodes that clients make below /zookeeper/quota and that path (Quotas). The first holds the
// limits, the second the figures, which the service keeps: in its data alone, not in its Stat, and told to nobody (DataTree).
const (
	limitsNode  = "/zookeeper_limits"
	figuresNode = "/zookeeper_stats"
)

// figures are what either node holds, by name (StatsTrack).
type figures map[string]int64

const (
	countFigure, bytesFigure = "count", "bytes"
	countLimit, bytesLimit   = "countHardLimit", "byteHardLimit"
)

// parseFigures reads "count=4,bytes=5=;countHardLimit=10". What cannot be read, which stops a real server, counts as absent.
func parseFigures(data []byte) figures {
	f := figures{}
	for pair := range strings.FieldsFuncSeq(string(data), func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		if n, err := strconv.ParseInt(strings.TrimRight(value, "="), 10, 64); err == nil {
			f[name] = n
		}
	}
	return f
}

// get is -1 for what is absent.
func (f figures) get(name string) int64 {
	if n, ok := f[name]; ok {
		return n
	}
	return -1
}

// format puts count and bytes first, and then an extra "=", which hides the rest from the parsers of old clients.
func (f figures) format() []byte {
	text := "count=" + strconv.FormatInt(f.get(countFigure), 10) + ",bytes=" + strconv.FormatInt(f.get(bytesFigure), 10)
	sep := "=;"
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if name != countFigure && name != bytesFigure {
			text += sep + name + "=" + strconv.FormatInt(f[name], 10)
			sep = ";"
		}
	}
	return []byte(text)
}

// quotaAt is the path that a path below /zookeeper/quota sets a quota on, if that ends with the name of the limits or of the figures.
func quotaAt(path, name string) (string, bool) {
	if !underQuota(path) || !strings.HasSuffix(path, name) {
		return "", false
	}
	return path[len(quotaPath) : len(path)-len(name)], true
}

func underQuota(path string) bool { return strings.HasPrefix(path, quotaPath+"/") }

// quotaOver is the nearest path with a quota, from path upwards.
func (t *Tree) quotaOver(path string) (prefix string, ok bool) {
	if t.limits == 0 {
		return "", false
	}
	for strings.Contains(path, "/") {
		if _, ok := t.lookup(quotaPath + path + limitsNode); ok {
			return path, true
		}
		path = parentOf(path)
	}
	return "", false
}

// countCreated keeps the quotas' figures when a node has been made.
func (t *Tree) countCreated(u *undoLog, path string, size int) {
	if t.limits == 0 && !underQuota(path) {
		return
	}
	if _, ok := quotaAt(path, limitsNode); ok {
		t.limits++
	} else if prefix, ok := quotaAt(path, figuresNode); ok {
		t.countSubtree(u, prefix)
	}
	t.countChanged(u, path, size, 1)
}

// countDeleted keeps the quotas' figures when a node has gone.
func (t *Tree) countDeleted(u *undoLog, path string, size int) {
	if t.limits == 0 {
		return
	}
	if _, ok := quotaAt(path, limitsNode); ok {
		t.limits--
	}
	t.countChanged(u, path, -size, -1)
}

// countChanged adds to the figures of the quota over a path, if there is one.
func (t *Tree) countChanged(u *undoLog, path string, bytes, count int) {
	prefix, ok := t.quotaOver(path)
	if !ok {
		return
	}
	if at, ok := t.lookup(quotaPath + prefix + figuresNode); ok {
		f := parseFigures(t.nodes[at].data)
		f[countFigure] = f.get(countFigure) + int64(count)
		f[bytesFigure] = f.get(bytesFigure) + int64(bytes)
		t.setFigures(u, at, f)
	}
}

func (t *Tree) setFigures(u *undoLog, at int32, f figures) {
	u.touch(t, at)
	n := &t.nodes[at]
	t.size -= n.size()
	n.data = f.format()
	t.size += n.size()
}

// countSubtree sets new figures to what is there already.
func (t *Tree) countSubtree(u *undoLog, prefix string) {
	f := figures{countFigure: 0, bytesFigure: 0}
	if top, ok := t.lookup(prefix); ok {
		f[countFigure], f[bytesFigure] = 1, int64(len(t.nodes[top].data))
		for at := t.nodes[top].first; at != 0; at = t.after(at, &t.nodes[top]) {
			f[countFigure]++
			f[bytesFigure] += int64(len(t.nodes[at].data))
		}
	}
	at, _ := t.lookup(quotaPath + prefix + figuresNode)
	t.setFigures(u, at, f)
}

// room is how much more a quota's hard limits leave. Soft limits only make a server log, and are not looked at.
type room struct{ count, bytes int64 }

// roomFor is what there is for an operation; nil means no limit. It is asked before the transaction, for a server judges all parts of one
// by the figures before it.
func (t *Tree) roomFor(op *coord.Op) *room {
	path := op.Path
	if op.Type == coord.OpCreate && op.Mode.IsSequential() && strings.Contains(path, "/") {
		path = parentOf(path) // there is no quota yet on what only gets its name
	}
	prefix, ok := t.quotaOver(path)
	if !ok {
		return nil
	}
	limits, figures := t.figuresAt(prefix+limitsNode), t.figuresAt(prefix+figuresNode)
	if figures == nil {
		return nil
	}
	left := func(figure, limit string) int64 {
		if limits.get(limit) < 0 {
			return math.MaxInt64
		}
		return limits.get(limit) - figures.get(figure)
	}
	return &room{left(countFigure, countLimit), left(bytesFigure, bytesLimit)}
}

// fits reports whether there is room for a change of these sizes. What does not change is not held against the limit, but to shrink is not
// enough where it is exceeded already.
func (r *room) fits(count, bytes int) bool {
	return r == nil || (count == 0 || int64(count) <= r.count) && (bytes == 0 || int64(bytes) <= r.bytes)
}

// figuresAt reads a node below /zookeeper/quota; it is nil if there is none.
func (t *Tree) figuresAt(path string) figures {
	at, ok := t.lookup(quotaPath + path)
	if !ok {
		return nil
	}
	return parseFigures(t.nodes[at].data)
}

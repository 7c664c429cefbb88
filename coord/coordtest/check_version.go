package coordtest

import (
	"errors"
	"math"

	"github.com/hamaster/hamaster/coord"
)

var versionChecks = []check{
	{"SetReplacesTheDataAtItsVersionOnly", nil, setAtItsVersionOnly},
	{"SetReturnsTheStatOfAfterIt", nil, setReturnsTheStat},
	{"DeleteRemovesTheNodeAtItsVersionOnly", nil, deleteAtItsVersionOnly},
	{"VersionGrowsByOneWithEachSet", nil, versionGrowsByOne},
	{"SetAtAVersionIsACompareAndSet", nil, setIsACompareAndSet},
}

// wrongVersions are versions that a node at version 2 does not have. -2 is no AnyVersion.
var wrongVersions = []int32{0, 1, 3, -2, math.MaxInt32, math.MinInt32}

func (e *env) nodeAtVersion2(name string) string {
	e.Helper()
	path := e.node(name)
	e.calm.set(path, []byte("one"))
	e.calm.set(path, []byte("two"))
	return path
}

func setAtItsVersionOnly(e *env) {
	path := e.nodeAtVersion2("n")
	ctx := e.context()
	for _, version := range wrongVersions {
		stat, err := e.calm.Set(ctx, path, []byte("wrong"), version)
		e.mustRefuse(err, "set", path, coord.ErrBadVersion)
		if stat != (coord.Stat{}) {
			e.Errorf("a refused set must return no Stat; got %+v", stat)
		}
		_, err = e.calm.Multi(ctx, coord.CheckOp(path, version))
		e.mustRefuse(err, "multi", path, coord.ErrBadVersion)
	}
	e.calm.mustHold(path, []byte("two"))
	for i, version := range []int32{2, coord.AnyVersion, 4} {
		stat, err := e.calm.Set(ctx, path, []byte{byte(i)}, version)
		if err != nil || stat.Version != int32(3+i) {
			e.Errorf("set with version %d of a node at %d must succeed; got version %d, %v", version, 2+i, stat.Version, err)
		}
		e.calm.mustHold(path, []byte{byte(i)})
	}
}

func setReturnsTheStat(e *env) {
	path := e.node("n")
	before := e.calm.stat(path)
	stat := e.calm.set(path, []byte("longer than before"))
	if stat.Version != before.Version+1 || stat.DataLength != 18 || stat.Mzxid <= before.Mzxid || stat.Czxid != before.Czxid {
		e.Errorf("set must return the Stat of after the change; before it was %+v, it returned %+v", before, stat)
	}
	if now := e.calm.stat(path); now != stat {
		e.Errorf("set must return the Stat that a read then shows, %+v; it returned %+v", now, stat)
	}
}

func deleteAtItsVersionOnly(e *env) {
	for i, version := range []int32{2, coord.AnyVersion} {
		path := e.nodeAtVersion2([]string{"a", "b"}[i])
		for _, wrong := range wrongVersions {
			e.mustRefuse(e.calm.Delete(e.context(), path, wrong), "delete", path, coord.ErrBadVersion)
		}
		e.calm.mustHold(path, []byte("two"))
		if err := e.calm.Delete(e.context(), path, version); err != nil {
			e.Errorf("delete with version %d of a node at 2 must succeed; got %v", version, err)
		}
		e.calm.mustLack(path)
	}
}

func versionGrowsByOne(e *env) {
	path := e.node("n")
	other := e.open()
	for i := range 10 {
		who := []*session{e.calm, other}[i%2]
		// The same data once more is a change, too.
		if stat := who.set(path, []byte("data")); stat.Version != int32(i+1) {
			e.Errorf("set number %d must give version %d; got %d", i+1, i+1, stat.Version)
		}
	}
}

func setIsACompareAndSet(e *env) {
	path := e.node("n")
	others := []*session{e.open(), e.open(), e.open()}
	for version := range int32(5) {
		won := 0
		for _, s := range others {
			_, err := s.Set(e.context(), path, []byte(s.ID().String()), version)
			if err == nil {
				won++
			} else if !errors.Is(err, coord.ErrBadVersion) {
				e.Errorf("of several sets with one version the later must fail with ErrBadVersion; got %v", err)
			}
		}
		if won != 1 {
			e.Errorf("of several sets with version %d exactly one must succeed; %d did", version, won)
		}
	}
}

package coordtest

import (
	"strconv"

	"github.com/hamaster/hamaster/coord"
)

var orderChecks = []check{
	{"OrderReadsSeeTheOwnWrites", nil, orderReadsSeeOwnWrites},
	{"OrderReadsSeeTheOwnWritesAcrossReconnects", nil, orderAcrossReconnects},
	{"OrderOfOneSessionsWritesIsWhatOthersSee", nil, orderIsWhatOthersSee},
	{"OrderReadsNeverGoBack", nil, orderReadsNeverGoBack},
	{"SyncBringsReadsUpToDate", nil, syncBringsReadsUpToDate},
	{"SyncNeedsNoNode", nil, syncNeedsNoNode},
	{"BarrierBringsReadsUpToDate", nil, barrierBringsReadsUpToDate},
}

func orderReadsSeeOwnWrites(e *env) {
	s := e.open()
	for i := range 30 {
		name := "n" + strconv.Itoa(i)
		path := s.create(e.path(name), []byte("created"), coord.Persistent)
		if data, stat := s.get(path); string(data) != "created" || stat.Version != 0 {
			e.Errorf("a session must read its own create; got %q, %+v", data, stat)
		}
		set := s.set(path, []byte(name))
		if data, stat := s.get(path); string(data) != name || stat != set {
			e.Errorf("a session must read its own set; got %q, %+v", data, stat)
		}
		if names := s.children(e.root); len(names) != 1 || names[0] != name {
			e.Errorf("a session must see the child it made, %s; got %q", name, names)
		}
		s.delete(path)
		if _, _, err := s.Exists(e.context(), path, false); err == nil {
			e.Errorf("a session must see its own delete; %s is still there", path)
		}
	}
}

func orderAcrossReconnects(e *env) {
	s := e.open()
	path := e.node("n")
	s.barrier()
	for i := range 5 {
		set := s.set(path, []byte(strconv.Itoa(i)))
		s.Reconnect()
		var stat coord.Stat
		err := s.persist(func() (err error) {
			_, stat, _, err = s.Get(e.context(), path, false)
			return err
		})
		if err != nil || stat.Mzxid < set.Mzxid {
			e.Errorf("a session must read its own write from whatever server it is connected to; it wrote %+v and reads %+v, %v", set, stat, err)
		}
	}
}

func orderIsWhatOthersSee(e *env) {
	const last = 100
	s := e.open()
	first, second := e.node("first"), e.node("second")
	s.barrier()
	ctx := e.context()
	wait := e.meanwhile(func() error {
		for i := range 2 * last {
			if _, err := e.calm.Set(ctx, []string{first, second}[i%2], nil, coord.AnyVersion); err != nil {
				return err
			}
		}
		return nil
	})
	for seen := int32(0); seen < last; {
		later := s.stat(second).Version
		earlier := s.stat(first).Version
		if earlier < later {
			e.Fatalf("whoever sees a later write must see the earlier one; the second node was at %d, then the first at %d", later, earlier)
		}
		if later == seen {
			e.until("the writer goes on", func() bool { return s.stat(second).Version > seen })
		}
		seen = later
	}
	wait()
}

func orderReadsNeverGoBack(e *env) {
	s, other := e.open(), e.open()
	path := e.node("n")
	s.barrier()
	last := int32(0)
	for i := range 60 {
		other.barrier()
		other.set(path, nil)
		if i%10 == 9 {
			s.Reconnect()
		}
		var stat coord.Stat
		err := s.persist(func() (err error) { stat, _, err = s.Exists(e.context(), path, false); return err })
		if err != nil || stat.Version < last {
			e.Errorf("a session's reads must never go back; after version %d it read %d, %v", last, stat.Version, err)
		}
		last = stat.Version
	}
}

func syncBringsReadsUpToDate(e *env) {
	s := e.open()
	path := e.node("n")
	for i := range 30 {
		value := strconv.Itoa(i)
		e.calm.set(path, []byte(value))
		if err := s.Sync(e.context(), path); err != nil {
			e.Fatalf("sync: must succeed; got %v", err)
		}
		if data, _ := s.get(path); string(data) != value {
			e.Errorf("after Sync a read must show what was written before it, %q; got %q", value, data)
		}
	}
}

func syncNeedsNoNode(e *env) {
	path := e.path("missing")
	if err := e.calm.Sync(e.context(), path); err != nil {
		e.Errorf("Sync brings the whole session up to date, whether the node is there or not; got %v", err)
	}
	e.calm.mustLack(path)
}

func barrierBringsReadsUpToDate(e *env) {
	s := e.open()
	for i := range 30 {
		path := e.node("n" + strconv.Itoa(i))
		s.multi(coord.CheckOp(e.root, coord.AnyVersion))
		if data, _ := s.get(path); string(data) != "data" {
			e.Errorf("after a transaction of checks a read must show what was written before it; got %q", data)
		}
	}
}

package proptest

import (
	"time"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/membackend"
	"github.com/hamaster/hamaster/coord/ztree"
)

// service is what a storm rages over.
type service interface {
	client(name string) link
	Down()
	Up()
	Expire(id coord.SessionID) bool
	sessions() map[coord.SessionID]bool
	nodes() map[string]coord.SessionID // the candidate nodes, by name, with their owners
	zxid() coord.Zxid                  // not less than that of any transaction made so far
	Journal(after coord.Zxid) (commits []ztree.Commit, all bool)
	Close()
}

// link is what lies between one process and the service.
type link interface {
	coord.Backend
	Cut(membackend.Direction)
	Heal()
	Reset()
	LoseNextReply()
	LoseNextRequest()
	Delay(membackend.Direction, time.Duration)
}

// memory is the fake.
type memory struct{ *membackend.Service }

func (m memory) client(name string) link { return m.Client(name) }

func (m memory) zxid() coord.Zxid { return m.Tree().Zxid() }

func (m memory) sessions() map[coord.SessionID]bool {
	all := map[coord.SessionID]bool{}
	for id := range m.Tree().Sessions {
		all[id] = true
	}
	return all
}

func (m memory) nodes() map[string]coord.SessionID {
	tree := m.Tree()
	all := map[string]coord.SessionID{}
	names, _, err := tree.Children(nil, path, nil)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if stat, err := tree.Exists(path + "/" + name); err == nil {
			all[name] = stat.EphemeralOwner
		}
	}
	return all
}

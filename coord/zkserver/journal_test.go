package zkserver_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/wire"
)

// TestTheJournalTellsWhatWasCommitted has every kind of request that changes nodes, one that is refused, and the end of a session.
func TestTheJournalTellsWhatWasCommitted(t *testing.T) {
	srv := start(t, zkserver.Config{Journal: 100, Zxid: 1000})
	c := connect(t, srv)
	c.want(wire.OK, wire.OpCreate, createBody("/a", []byte("1"), 1))
	c.want(wire.NoNode, wire.OpDelete, versionBody("/none", -1))
	c.want(wire.OK, wire.OpSetData, setBody("/a", []byte("2"), -1))
	c.want(wire.OK, wire.OpCreate2, createBody("/b", nil, 0))
	c.want(wire.OK, wire.OpDelete, versionBody("/b", -1))
	srv.ExpireSession(c.session)

	type change struct {
		By   coord.SessionID
		Type coord.EventType
		Path string
		Data string
	}
	var got []change
	commits, all := srv.Journal(0)
	for _, commit := range commits {
		for _, n := range commit.Changes {
			got = append(got, change{commit.Session, n.Type, n.Path, string(n.Data)})
			if n.Type != coord.NodeDeleted && n.Stat.Mzxid != commit.Zxid {
				t.Errorf("transaction %v has left %+v", commit.Zxid, n.Stat)
			}
		}
	}
	want := []change{
		{c.session, coord.NodeCreated, "/a", "1"}, {c.session, coord.DataChanged, "/a", "2"},
		{c.session, coord.NodeCreated, "/b", ""}, {c.session, coord.NodeDeleted, "/b", ""}, {0, coord.NodeDeleted, "/a", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" || !all {
		t.Errorf("all: %v, (-want +got):\n%s", all, diff)
	}
	if more, _ := srv.Journal(commits[len(commits)-1].Zxid); len(more) != 0 {
		t.Errorf("after the last comes %+v", more)
	}
}

package main

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord/zkserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServerDoesAsItIsToldUntilItsInputEnds(t *testing.T) {
	for orders, answers := range map[string]string{
		"":                                   "",
		"start\nstop\nstart\nstop\nstop\n":   "done\ndone\ndone\ndone\ndone\n",
		"start\nstart\nstop\nstart\nstart\n": "done\ndone\ndone\ndone\ndone\n",
	} {
		var out strings.Builder
		if err := serve(zkserver.Config{}, "127.0.0.1:0", true, strings.NewReader(orders), &out); err != nil || out.String() != answers {
			t.Errorf("%q: %q, %v", orders, &out, err)
		}
	}
	if err := serve(zkserver.Config{}, "127.0.0.1:0", true, strings.NewReader("jump\n"), os.Stderr); err == nil || !strings.Contains(err.Error(), "jump") {
		t.Errorf("an order that there is not: %v", err)
	}
}

func TestStoppedServerLeavesItsPortToOthers(t *testing.T) {
	server, err := zkserver.New(zkserver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := &port{addr: "127.0.0.1:0", server: server}
	if err := p.open(); err != nil {
		t.Fatal(err)
	}
	addr := p.listener.Addr().String()
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _ = conn.Close(), other.Close(), server.Close()
}

func TestOutcomesAreReadFromTheReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.xml")
	report := `<?xml version="1.0" encoding="UTF-8"?><testsuite name="JUnit Jupiter">
<properties><property name="a" value="b"/></properties>
<testcase name="testA()" classname="C" time="0.1"><system-out>x</system-out></testcase>
<testcase name="testB()" classname="C"><failure message="m" type="t">trace</failure></testcase>
<testcase name="testC(boolean)[1]" classname="C"><error type="t">trace</error></testcase>
<testcase name="testD()" classname="C"><skipped>needs an ensemble</skipped></testcase></testsuite>`
	if err := os.WriteFile(file, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	of, err := readResults(file)
	want := results{"testA": passed, "testB": failed, "testC(boolean)[1]": failed, "testD": skipped}
	if err != nil || !maps.Equal(of, want) {
		t.Errorf("%v, %v", of, err)
	}
	if of, err := readResults(file + "2"); err != nil || len(of) > 0 {
		t.Errorf("without a report: %v, %v", of, err)
	}
}

func TestTestsThatOnlyTheRealServerPassesAreAnError(t *testing.T) {
	for _, c := range []struct {
		real, ours outcome
		shown, bad bool
	}{
		{passed, passed, false, false},
		{passed, failed, true, true},
		{passed, skipped, true, true},
		{failed, failed, true, false},
		{failed, passed, true, false},
		{passed, atLast, true, false},
		{atLast, failed, true, true},
		{skipped, skipped, false, false},
		{passed, "", true, true},
	} {
		var out strings.Builder
		all := []results{{"T.t": c.real}, {}}
		if c.ours != "" {
			all[1]["T.t"] = c.ours
		}
		err := report(&out, []string{genuine, ours}, all)
		if (err != nil) != c.bad || strings.Contains(out.String(), "T.t") != c.shown {
			t.Errorf("%+v: %v\n%s", c, err, &out)
		}
	}
}

package measure

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/hamaster/hamaster/coord/zkbackend"
	"github.com/hamaster/hamaster/ha"
	"github.com/hamaster/hamaster/internal/zktest"
)

// childVariable names the server for this test binary run as a candidate to be killed.
const childVariable = "HAMASTER_MEASURE_CHILD"

func TestMain(m *testing.M) {
	if server := os.Getenv(childVariable); server != "" {
		runChild(server)
		return
	}
	os.Exit(m.Run())
}

func runChild(server string) {
	backend, err := zkbackend.New(zkbackend.Config{Servers: []string{server}, SessionTimeout: timeout, Tick: tick})
	if err == nil {
		err = ha.Run(context.Background(), backend, ha.Config{Path: path, ID: "child"}, func(ctx context.Context, _ *ha.Term) error {
			fmt.Println("master")
			_, err := io.Copy(io.Discard, os.Stdin) // ends with the parent, if nothing else does
			return err
		})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// BenchmarkHandover: from asking the master to leave until the next one's role starts.
func BenchmarkHandover(b *testing.B) {
	s := newStage(b)
	i := 0
	present := s.join(name(i), s.zk.Addrs()...)
	var took []time.Duration
	for b.Loop() {
		i++
		next := s.join(name(i), s.zk.Addrs()...)
		began := time.Now()
		present.leave()
		took = append(took, s.wait(name(i), began).Sub(began))
		<-present.done
		present = next
	}
	report(b, "handover", took)
}

// BenchmarkLockHandover is the same with go-zookeeper's own lock, to compare within one run.
func BenchmarkLockHandover(b *testing.B) {
	s := newStage(b)
	lock := func() *zk.Lock {
		conn, _, err := zk.Connect(s.zk.Addrs(), timeout, zk.WithLogInfo(false))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(conn.Close)
		return zk.NewLock(conn, "/measure-lock", zk.WorldACL(zk.PermAll))
	}
	present := lock()
	if err := present.Lock(); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		next, got := lock(), make(chan time.Time)
		go func() {
			if err := next.Lock(); err != nil {
				b.Error(err)
			}
			got <- time.Now()
		}()
		time.Sleep(200 * time.Millisecond) // it has no way to say that it waits
		began := time.Now()
		if err := present.Unlock(); err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-got).Sub(began))
		present = next
	}
	report(b, "handover", took)
}

// BenchmarkFailover: from killing the master's process until the next one's role starts.
func BenchmarkFailover(b *testing.B) {
	s := newStage(b)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		child := startChild(b, s.zk.Addrs()[0])
		next := s.join(name(i), s.zk.Addrs()...)
		began := time.Now()
		if err := child.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		_ = child.Wait()
		took = append(took, s.wait(name(i), began).Sub(began))
		next.quit()
	}
	report(b, "failover", took)
}

// startChild returns when the child is master.
func startChild(b *testing.B, server string) *exec.Cmd {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+server)
	child.Stderr = os.Stderr
	if _, err := child.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	master := &awaited{word: "master", seen: make(chan struct{})}
	child.Stdout = master
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = child.Process.Kill() })
	<-master.seen
	return child
}

// awaited closes seen when the word has been written to it.
type awaited struct {
	word string
	seen chan struct{}
	once sync.Once
	text strings.Builder
}

func (a *awaited) Write(p []byte) (int, error) {
	a.text.Write(p)
	if strings.Contains(a.text.String(), a.word) {
		a.once.Do(func() { close(a.seen) })
	}
	return len(p), nil
}

// disturb measures for how long there is no master, or are two, from the fault until a while after.
func disturb(b *testing.B, watch time.Duration, fault func(master, all *zktest.Proxy)) {
	s := newStage(b)
	var none, both []time.Duration
	for i := 0; b.Loop(); i++ {
		way, rest := zktest.StartProxy(b, s.zk.Addrs()...), zktest.StartProxy(b, s.zk.Addrs()...)
		first, second := s.join(name(i)+"a", way.Addrs()...), s.join(name(i)+"b", rest.Addrs()...)
		time.Sleep(timeout / 2) // as long running candidates are
		began := time.Now()
		fault(way, rest)
		time.Sleep(time.Until(began.Add(watch)))
		n, t := s.gaps(began, began.Add(watch))
		none, both = append(none, n), append(both, t)
		way.Heal()
		second.quit()
		first.quit()
	}
	report(b, "two-masters", both)
	report(b, "no-master", none)
}

// BenchmarkReset: the master's TCP connection is reset once.
func BenchmarkReset(b *testing.B) {
	disturb(b, 2*timeout, func(master, _ *zktest.Proxy) { master.Reset() })
}

// BenchmarkServerAway: nobody reaches the server for 0.9 s.
func BenchmarkServerAway(b *testing.B) {
	disturb(b, 2*timeout, func(master, rest *zktest.Proxy) {
		for _, p := range []*zktest.Proxy{master, rest} {
			p.Refuse()
			p.Reset()
		}
		time.Sleep(900 * time.Millisecond)
		for _, p := range []*zktest.Proxy{master, rest} {
			if err := p.Accept(); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkCut: nothing passes between the master and the server for three session timeouts.
func BenchmarkCut(b *testing.B) {
	disturb(b, 4*timeout, func(master, _ *zktest.Proxy) {
		master.Cut(zktest.Both)
		time.Sleep(3 * timeout)
		master.Heal()
	})
}

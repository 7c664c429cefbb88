package zkbackend

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/hamaster/hamaster/coord"
)

// FuzzAnswersNeverPanic lets a server answer a call of each kind with anything. What go-zookeeper would choke on, in a goroutine of its
// own, must not come to it.
func FuzzAnswersNeverPanic(f *testing.F) {
	ok := make([]byte, 12) // zxid and code
	for _, body := range [][]byte{
		nil, {1}, ok, slices.Concat(ok, statBody), slices.Concat(ok, []byte{0, 0, 0, 1, 'x'}, statBody),
		slices.Concat(ok, []byte{0x7f, 0xff, 0xff, 0xff}), slices.Concat(ok, []byte{0xff, 0xff, 0xff, 0xff}),
		slices.Concat(ok, checkedOne), slices.Concat(ok, refusedOne), slices.Concat(ok, checkedOne[:4]), slices.Concat(ok, checkedOne[:12]),
		{0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0x9b},
	} {
		for kind := range byte(len(fuzzCalls)) {
			f.Add(kind, int32(1), body)
		}
	}
	f.Add(byte(0), xidEvent, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Add(byte(0), xidPing, []byte(nil))
	f.Fuzz(func(t *testing.T, kind byte, xid int32, answer []byte) {
		fuzzAnswer(t, fuzzCalls[int(kind)%len(fuzzCalls)], xid, answer)
	})
}

var fuzzCalls = []func(ctx context.Context, s coord.Session){
	func(ctx context.Context, s coord.Session) { _, _ = s.Create(ctx, "/n", nil, coord.Persistent) },
	func(ctx context.Context, s coord.Session) { _, _, _ = s.Exists(ctx, "/n", true) },
	func(ctx context.Context, s coord.Session) { _, _, _, _ = s.Get(ctx, "/n", true) },
	func(ctx context.Context, s coord.Session) { _, _, _, _ = s.Children(ctx, "/n", true) },
	func(ctx context.Context, s coord.Session) { _, _ = s.Set(ctx, "/n", nil, 1) },
	func(ctx context.Context, s coord.Session) { _ = s.Delete(ctx, "/n", 1) },
	func(ctx context.Context, s coord.Session) { _, _ = s.Multi(ctx, coord.CheckOp("/n", 1)) },
	func(ctx context.Context, s coord.Session) { _ = s.Sync(ctx, "/n") },
}

func fuzzAnswer(t *testing.T, call func(context.Context, coord.Session), xid int32, answer []byte) {
	servers := make(chan *peer, 1)
	b, err := New(Config{Servers: []string{"fuzz:1"}, SessionTimeout: time.Minute, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		select {
		case servers <- &peer{t, server}:
			return client, nil
		default:
			return nil, net.ErrClosed
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	served := make(chan struct{})
	go func() {
		defer close(served)
		defer cancel() // which ends Close
		p := <-servers
		defer p.Close()
		p.connectRequest()
		p.greet(1, time.Minute)
		if _, err := readFrame(p, nil, maxReply); err != nil {
			return
		}
		frame := append(make([]byte, 4), byte(xid>>24), byte(xid>>16), byte(xid>>8), byte(xid))
		_, _ = p.Write(seal(append(frame, answer...)))
	}()
	s, err := b.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	call(ctx, s)
	_ = s.Close(ctx)
	<-served
}

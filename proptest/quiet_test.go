package proptest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// quiet is a test whose failure is what is wanted.
type quiet struct {
	testing.TB // the real test
	failed     bool
	text       strings.Builder
}

func (q *quiet) Logf(format string, args ...any) { fmt.Fprintf(&q.text, format+"\n", args...) }
func (q *quiet) Log(args ...any)                 { fmt.Fprintln(&q.text, args...) }
func (q *quiet) Fail()                           { q.failed = true }
func (q *quiet) Failed() bool                    { return q.failed }

func (q *quiet) FailNow() {
	q.failed = true
	runtime.Goexit()
}

func (q *quiet) Errorf(format string, args ...any) {
	q.Logf(format, args...)
	q.Fail()
}

func (q *quiet) Error(args ...any) {
	q.Log(args...)
	q.Fail()
}

func (q *quiet) Fatalf(format string, args ...any) {
	q.Logf(format, args...)
	q.FailNow()
}

func (q *quiet) Fatal(args ...any) {
	q.Log(args...)
	q.FailNow()
}

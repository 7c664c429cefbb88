// Package linear checks that what concurrent clients are told of their writes, and of reads that are behind a barrier, fits one order of
// all of them: the promise that claims and fenced writes rest on.
package linear

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

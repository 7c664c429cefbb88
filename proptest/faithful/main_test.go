// Package faithful holds the fakes to the original: what a real ZooKeeper answers, package membackend and package zkserver answer.
package faithful

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

package clock

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

var (
	suspendedAtStart = readSuspended()
	mostSuspended    atomic.Int64
)

// suspended is how long the machine was suspended since the process started. It never shrinks.
func suspended() time.Duration {
	d := int64(readSuspended() - suspendedAtStart)
	for {
		most := mostSuspended.Load()
		// The two clocks cannot be read at once; what is less than a preemption could make of that is no suspension.
		if d < most+int64(10*time.Millisecond) {
			return time.Duration(most)
		}
		if mostSuspended.CompareAndSwap(most, d) {
			return time.Duration(d)
		}
	}
}

// readSuspended is the time the machine was suspended since it booted: by how much CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC. As
// the latter is read second, a preemption in between makes it too little, never too much.
func readSuspended() time.Duration {
	boot := read(unix.CLOCK_BOOTTIME)
	return boot - read(unix.CLOCK_MONOTONIC)
}

func read(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

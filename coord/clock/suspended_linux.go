package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

var suspendedAtStart = readSuspended()

// suspended is how long the machine was suspended since the process started.
func suspended() time.Duration {
	d := readSuspended() - suspendedAtStart
	// The two clocks cannot be read at once; what is less than a preemption could make of that is no suspension.
	if d < 10*time.Millisecond {
		return 0
	}
	return d
}

// readSuspended is the time the machine was suspended since it booted: by how much CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC.
func readSuspended() time.Duration {
	best := time.Duration(-1)
	for range 4 {
		before, boot, after := read(unix.CLOCK_MONOTONIC), read(unix.CLOCK_BOOTTIME), read(unix.CLOCK_MONOTONIC)
		// boot was read between the two, so this is never too much; a preemption makes it too little.
		best = max(best, boot-after)
		if after-before < time.Millisecond {
			break
		}
	}
	return best
}

func read(id int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(id, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

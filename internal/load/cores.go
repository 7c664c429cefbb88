package main

import (
	"errors"
	"runtime"
)

// divide gives the client the last of the processors and the servers the others. Those are the same if there is only one.
func divide(cpus []int) (client, servers []int) {
	if len(cpus) < 2 {
		return cpus, cpus
	}
	last := len(cpus) - 1
	return cpus[last:], cpus[:last]
}

// placement says on which processors servers run that launch starts, and on which this process while work asks them.
type placement func(launch, work func() error) error

// together lets them compete.
//
// The kernel takes turns between them then, in whole ticks of its clock, of 4 ms on many machines. A request waits for such a turn, of
// either side, more often than once in a hundred times if all processors are busy. So the 99th percentile tells of the kernel more than of
// the server; and a server that takes less time itself leaves the client more to do, and fares worse.
func together(launch, work func() error) error {
	if err := launch(); err != nil {
		return err
	}
	return work()
}

// apart gives each side processors of its own.
func apart(launch, work func() error) error {
	all, err := processors()
	if err != nil {
		return err
	}
	client, servers := divide(all)
	err = keepTo(servers)
	if err == nil {
		err = launch()
	}
	if err == nil {
		err = keepTo(client)
	}
	if err == nil {
		err = work()
	}
	return errors.Join(err, keepTo(all))
}

// keepTo lets this process, and what it starts from now on, run on these processors alone.
func keepTo(cpus []int) error {
	if err := bind(cpus); err != nil {
		return err
	}
	runtime.SetDefaultGOMAXPROCS()
	return nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plan is how much is measured.
type plan struct {
	out      io.Writer
	starts   int           // of each server, of which the median counts
	rounds   int           // of each row
	warm     time.Duration // of each operation before anything counts
	round    time.Duration // one measurement
	sessions []int
	place    placement // of the work
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p := plan{out: os.Stdout, sessions: []int{1, 32, 1000}, place: apart}
	flag.IntVar(&p.starts, "starts", 10, "how often each server is started")
	flag.IntVar(&p.rounds, "rounds", 5, "how often each row is measured on each server")
	flag.DurationVar(&p.warm, "warm", 3*time.Second, "how long each operation runs before it counts: Java compiles meanwhile")
	flag.DurationVar(&p.round, "for", time.Second, "how long one measurement takes")
	flag.Func("sessions", "how many sessions ask at a time, as a list (default 1,32,1000)", p.setSessions)
	flag.BoolFunc("together", "let the client compete with the servers for all processors", func(string) error {
		p.place = together
		return nil
	})
	flag.Parse()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p *plan) setSessions(list string) error {
	p.sessions = nil
	for _, s := range strings.Split(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of sessions", s)
		}
		p.sessions = append(p.sessions, n)
	}
	return nil
}

func (p *plan) run(ctx context.Context) error {
	// The client makes little garbage; what it makes must not be collected beside a measurement more often than needed.
	debug.SetGCPercent(800)
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a copy of the program at most
	// ZooKeeper writes its log where temporary files lie. That is to be memory, so that no disk is measured.
	const inMemory = "/dev/shm"
	if _, err := os.Stat(inMemory); err == nil {
		if err := os.Setenv("TMPDIR", inMemory); err != nil {
			return err
		}
	}
	alone, err := launchAlone(dir)
	if err != nil {
		return err
	}
	err = compare(ctx, dir, quickStart, together, func(both pair) error { return p.startUp(ctx, both, alone) })
	if err := errors.Join(err, alone.close()); err != nil {
		return err
	}
	return compare(ctx, dir, hardWork, p.place, func(both pair) error { return p.work(ctx, both) })
}

// pair is the two servers that are compared.
type pair struct{ theirs, ours server }

// compare starts both servers, lets measure do its work, and ends them. Our program is built in the directory.
func compare(ctx context.Context, dir string, jvm []string, place placement, measure func(pair) error) error {
	var both pair
	err := place(func() (err error) {
		both, err = launch(ctx, dir, jvm)
		return err
	}, func() error { return measure(both) })
	if both == (pair{}) {
		return err
	}
	return errors.Join(err, both.ours.close(), both.theirs.close())
}

// launch starts both, and returns when they serve.
func launch(ctx context.Context, dir string, jvm []string) (pair, error) {
	theirs, err := launchGenuine(ctx, jvm)
	if err != nil {
		return pair{}, err
	}
	ours, err := launchHademo(dir)
	if err != nil {
		return pair{}, errors.Join(err, theirs.close())
	}
	return pair{theirs, ours}, errors.Join(awaitServing(theirs.addr()), awaitServing(ours.addr()))
}

// started is what was seen of a server that has just started, once for each start.
type started struct {
	took          []time.Duration
	resident, own []int64
}

func (s *started) measure(of server) error {
	if err := of.stop(); err != nil {
		return err
	}
	took, err := firstAnswer(of)
	if err != nil {
		return err
	}
	var held memory
	if err := held.read(of.pid()); err != nil {
		return err
	}
	s.took, s.resident, s.own = append(s.took, took), append(s.resident, held.resident), append(s.own, held.own)
	return nil
}

// startUp measures starts, and the memory of servers that have done nothing yet: of both, and of ours alone in its program.
func (p *plan) startUp(ctx context.Context, both pair, alone server) error {
	var seen [3]started
	for range p.starts {
		for i, s := range []server{both.theirs, both.ours, alone} {
			if err := errors.Join(ctx.Err(), seen[i].measure(s)); err != nil {
				return err
			}
		}
	}
	printStart(p.out, seen)
	return nil
}

func median[T time.Duration | int64](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// work measures every operation with every number of sessions, and the memory at the end.
func (p *plan) work(ctx context.Context, both pair) error {
	for _, s := range []server{both.theirs, both.ours} {
		if err := prepare(s.addr(), max(warmSessions, slices.Max(p.sessions))); err != nil {
			return err
		}
		for _, op := range operations {
			if _, err := run(s.addr(), op, warmSessions, p.warm); err != nil {
				return err
			}
		}
	}
	printHead(p.out)
	for _, sessions := range p.sessions {
		for _, op := range operations {
			theirs, ours, err := p.row(ctx, both, op, sessions)
			if err != nil {
				return err
			}
			printRow(p.out, op.name, sessions, theirs, ours)
		}
	}
	var theirs, ours memory
	if err := errors.Join(theirs.read(both.theirs.pid()), ours.read(both.ours.pid())); err != nil {
		return err
	}
	printMemory(p.out, theirs.resident, ours.resident)
	return nil
}

// warmSessions is how many sessions warm a server up.
const warmSessions = 8

// row measures one operation on both servers in turn; who is first changes from round to round.
func (p *plan) row(ctx context.Context, both pair, op operation, sessions int) (theirs, ours sample, err error) {
	for round := range p.rounds {
		turns := []func() error{
			func() error { return theirs.measure(both.theirs, op, sessions, p.round) },
			func() error { return ours.measure(both.ours, op, sessions, p.round) },
		}
		if round%2 == 1 {
			slices.Reverse(turns)
		}
		for _, turn := range turns {
			if err := errors.Join(ctx.Err(), turn()); err != nil {
				return theirs, ours, fmt.Errorf("%s, %d sessions: %w", op.name, sessions, err)
			}
		}
	}
	return theirs, ours, nil
}

func (s *sample) measure(on server, op operation, sessions int, d time.Duration) error {
	one, err := run(on.addr(), op, sessions, d)
	s.add(one)
	return err
}

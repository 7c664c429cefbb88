package main

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// sample is what was seen of one operation on one server.
type sample struct {
	took  []time.Duration // of each request
	spent time.Duration   // in which they were made
}

func (s *sample) add(o sample) {
	s.took = append(s.took, o.took...)
	s.spent += o.spent
}

// rate is operations a second.
func (s *sample) rate() float64 { return float64(len(s.took)) / s.spent.Seconds() }

// quantile is the time that this share of the requests, from 0 to 1, took at most. It sorts the sample.
func (s *sample) quantile(share float64) time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	slices.Sort(s.took)
	return s.took[min(int(share*float64(len(s.took))), len(s.took)-1)]
}

// run has so many sessions make requests, each one after the other, for a time.
func run(addr string, op operation, sessions int, d time.Duration) (all sample, err error) {
	var clients []*session
	defer func() { err = errors.Join(err, closeAll(clients)) }()
	for range sessions {
		s, err := open(addr, patience)
		if err != nil {
			return sample{}, err
		}
		clients = append(clients, s)
	}
	parts, errs := make([]sample, sessions), make([]error, sessions)
	began := time.Now()
	end := began.Add(d)
	var wg sync.WaitGroup
	for i, s := range clients {
		wg.Go(func() { parts[i].took, errs[i] = s.repeat(op.request(i), end) })
	}
	wg.Wait()
	all.spent = time.Since(began)
	for _, p := range parts {
		all.took = append(all.took, p.took...)
	}
	return all, errors.Join(errs...)
}

// repeat makes the request until the end, and says how long each took.
func (s *session) repeat(request []byte, end time.Time) ([]time.Duration, error) {
	took := make([]time.Duration, 0, 1<<10)
	for before := time.Now(); before.Before(end); {
		if err := s.do(request); err != nil {
			return took, err
		}
		after := time.Now()
		took = append(took, after.Sub(before))
		before = after
	}
	return took, nil
}

// closeAll ends the sessions, together, since each waits for an answer.
func closeAll(clients []*session) error {
	errs := make([]error, len(clients))
	var wg sync.WaitGroup
	for i, s := range clients {
		wg.Go(func() { errs[i] = s.close() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

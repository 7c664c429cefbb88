package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// suite is one call of this command.
type suite struct {
	curator, out string
	only         *regexp.Regexp
	parallel     int
	patience     time.Duration

	program   string // this one
	classpath string
	classes   []string
}

func (s *suite) run(ctx context.Context, side string) error {
	if s.curator == "" || s.out == "" || s.parallel < 1 {
		return errors.New("-curator and -out are needed, and -parallel must not be less than 1; -help tells more")
	}
	sides := []string{side}
	switch side {
	case "both":
		sides = []string{genuine, ours}
	case genuine, ours:
	default:
		return fmt.Errorf("no such server: %q", side)
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	all := make([]results, len(sides))
	for i, on := range sides {
		all[i] = s.runOn(ctx, on)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return report(os.Stdout, sides, all)
}

// prepare makes everything ready that both servers' runs need.
func (s *suite) prepare(ctx context.Context) (err error) {
	if s.program, err = os.Executable(); err != nil {
		return err
	}
	// Java's class path is relative to where it runs.
	if s.out, err = filepath.Abs(s.out); err != nil {
		return err
	}
	if s.curator, err = filepath.Abs(s.curator); err != nil {
		return err
	}
	if err := s.compile(ctx); err != nil {
		return err
	}
	s.classes, err = s.find()
	return err
}

package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// The servers that tests run on.
const (
	genuine = "real"
	ours    = "ours"
)

// outcome is how a test ended.
type outcome string

const (
	passed  outcome = "passed"
	failed  outcome = "failed"
	skipped outcome = "skipped" // by Curator, or because it asks for an ensemble
)

// results has the outcome of each test, by its class and name.
type results map[string]outcome

// runOn runs the classes on a server, each in a Java process of its own, as Curator's build does.
func (s *suite) runOn(ctx context.Context, side string) results {
	all := make(results)
	var mu sync.Mutex
	todo := make(chan string)
	var workers sync.WaitGroup
	for range s.parallel {
		workers.Go(func() {
			for class := range todo {
				of, err := s.runClass(ctx, side, class)
				mu.Lock()
				for test, o := range of {
					all[class+"."+test] = o
				}
				if err != nil {
					all[class] = failed
					fmt.Fprintf(os.Stderr, "%s: %s: %v\n", side, class, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, class := range s.classes {
		todo <- class
	}
	close(todo)
	workers.Wait()
	return all
}

// runClass runs the tests of one class. The error is one of running them, not theirs.
func (s *suite) runClass(ctx context.Context, side, class string) (results, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	dir := filepath.Join(s.out, side, class)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	args := []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"}
	if side == ours {
		args = append(args, "-Dserver.command="+s.program)
	}
	args = append(args, "-cp", s.classpath, "org.junit.platform.console.ConsoleLauncher", "--disable-banner", "--disable-ansi-colors",
		"--details=tree", "--reports-dir", dir, "--include-classname", ".*", "-c", class)
	cmd := exec.CommandContext(ctx, "java", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	// Its status says no more than that some test failed.
	var exit *exec.ExitError
	if err := cmd.Run(); ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return nil, errors.Join(ctx.Err(), err, log.Close())
	}
	of, err := readResults(filepath.Join(dir, "TEST-junit-jupiter.xml"))
	return of, errors.Join(err, log.Close())
}

// readResults reads JUnit's report. Without one there were no tests.
func readResults(file string) (results, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var report struct {
		Cases []struct {
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	of := make(results)
	for _, c := range report.Cases {
		test := strings.TrimSuffix(c.Name, "()")
		switch {
		case c.Failure != nil || c.Error != nil:
			of[test] = failed
		case c.Skipped != nil:
			of[test] = skipped
		default:
			of[test] = passed
		}
	}
	return of, nil
}

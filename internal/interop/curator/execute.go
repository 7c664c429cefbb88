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
	atLast  outcome = "passed when run again"
	failed  outcome = "failed"
	skipped outcome = "skipped" // by Curator, or because it asks for an ensemble
)

func (o outcome) good() bool { return o == passed || o == atLast }

// results has the outcome of each test, by its class and name.
type results map[string]outcome

// reruns is how often a test that failed is run again, by itself. Curator's own build gives it as many chances.
const reruns = 2

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
		if ctx.Err() == nil {
			todo <- class
		}
	}
	close(todo)
	workers.Wait()
	return all
}

// runClass runs the tests of one class, and those that fail again. The error is one of running them, not theirs.
func (s *suite) runClass(ctx context.Context, side, class string) (results, error) {
	of, err := s.junit(ctx, side, class, "-c", class)
	for test, o := range of {
		for n := 0; o == failed && n < reruns && err == nil; n++ {
			var again results
			again, err = s.junit(ctx, side, fmt.Sprintf("%s.%s.%d", class, test, n+2), "-m", class+"#"+test)
			if again[test] == passed {
				o, of[test] = atLast, atLast
			}
		}
	}
	return of, err
}

// junit runs one selection of tests, and leaves in a directory of that name what they printed.
func (s *suite) junit(ctx context.Context, side, name string, selection ...string) (results, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	dir := filepath.Join(s.out, side, name)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "java", append(s.options(side), append([]string{"--reports-dir", dir}, selection...)...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	// Its status says no more than that some test failed.
	var exit *exec.ExitError
	if err := cmd.Run(); ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return nil, errors.Join(ctx.Err(), err, log.Close())
	}
	of, err := readResults(filepath.Join(dir, "TEST-junit-jupiter.xml"))
	return of, errors.Join(err, log.Close())
}

// options are what Java is told before what to run. Each class asks for little: the processes are to be small, and quick to start.
func (s *suite) options(side string) []string {
	options := []string{
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
		"-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
	}
	if side == ours {
		options = append(options, "-Dserver.command="+s.program)
	}
	return append(options, "-cp", s.classpath, "org.junit.platform.console.ConsoleLauncher",
		"--disable-banner", "--disable-ansi-colors", "--details=tree", "--include-classname", ".*")
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

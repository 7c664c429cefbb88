package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// modules are those of Curator's parts whose tests run.
var modules = []string{"curator-client", "curator-framework", "curator-recipes", "curator-x-discovery"}

// jarDir is where Debian's Java packages put their jars.
const jarDir = "/usr/share/java"

// jars are what the tests, what they test, and JUnit need.
var jars = []string{
	"curator-test", "curator-x-discovery", "curator-recipes", "curator-framework", "curator-client",
	"zookeeper", "zookeeper-jute", "netty-all", "snappy-java", "metrics-core", "commons-io", "slf4j-api", "slf4j-simple", "guava",
	"commons-math", "jackson-core", "jackson-databind", "jackson-annotations", "jackson-dataformat-yaml", "snakeyaml",
	"junit-jupiter-api", "junit-jupiter-params", "junit-jupiter-engine", "junit-platform-commons", "junit-platform-engine",
	"junit-platform-launcher", "junit-platform-console", "junit-platform-reporting", "opentest4j", "opentest4j-reporting-events",
	"apiguardian-api", "univocity-parsers", "picocli", "mockito-core", "byte-buddy", "byte-buddy-agent", "objenesis", "assertj-core",
}

//go:embed java
var standIns embed.FS

// compile makes classes of the tests, and of what stands in for Curator's test servers.
func (s *suite) compile(ctx context.Context) error {
	var installed []string
	for _, jar := range jars {
		path := filepath.Join(jarDir, jar+".jar")
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("a package is missing (go doc ./internal/interop/curator names them): %w", err)
		}
		installed = append(installed, path)
	}
	source, standInClasses, testClasses := filepath.Join(s.out, "source"), filepath.Join(s.out, "standins"), filepath.Join(s.out, "tests")
	for _, old := range []string{source, standInClasses, testClasses} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	if err := os.CopyFS(source, standIns); err != nil {
		return err
	}
	if err := javac(ctx, standInClasses, join(installed...), source); err != nil {
		return err
	}
	var tests []string
	resources := []string{}
	for _, module := range modules {
		tests = append(tests, filepath.Join(s.curator, module, "src", "test", "java"))
		resources = append(resources, filepath.Join(s.curator, module, "src", "test", "resources"))
	}
	// What stands in comes first when the tests run, but last when they are compiled: it has less than what it stands in for.
	s.classpath = join(slices.Concat([]string{standInClasses, testClasses}, installed, resources)...)
	return javac(ctx, testClasses, join(append(installed, standInClasses)...), tests...)
}

func join(paths ...string) string { return strings.Join(paths, string(os.PathListSeparator)) }

// javac compiles all sources below some directories.
func javac(ctx context.Context, classes, classpath string, directories ...string) error {
	args := []string{"-nowarn", "-proc:none", "-Xlint:none", "-encoding", "UTF-8", "-d", classes, "-cp", classpath}
	for _, directory := range directories {
		sources, err := javaFiles(directory)
		if err != nil {
			return err
		}
		args = append(args, sources...)
	}
	if output, err := exec.CommandContext(ctx, "javac", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("javac: %w: %s", err, output)
	}
	return nil
}

func javaFiles(directory string) (files []string, err error) {
	err = filepath.WalkDir(directory, func(file string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(file, ".java") {
			files = append(files, file)
		}
		return err
	})
	return files, err
}

var (
	// Some classes have only the tests that they inherit.
	maybeTests = regexp.MustCompile(`@(Test|ParameterizedTest|RepeatedTest)\b|\bextends \w*(Test|Base)`)
	onlyBase   = regexp.MustCompile(`(?m)^(public )?abstract class `)
)

// find returns the names of the classes that may have tests.
func (s *suite) find() (classes []string, err error) {
	for _, module := range modules {
		root := filepath.Join(s.curator, module, "src", "test", "java")
		files, err := javaFiles(root)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			path, _ := strings.CutPrefix(file, root+string(filepath.Separator))
			class := strings.ReplaceAll(strings.TrimSuffix(path, ".java"), string(filepath.Separator), ".")
			if maybeTests.Match(text) && !onlyBase.Match(text) && s.only.MatchString(class) {
				classes = append(classes, class)
			}
		}
	}
	return classes, nil
}

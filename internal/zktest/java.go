package zktest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// jarDir is where Debian's Java packages put their jars.
const jarDir = "/usr/share/java"

// jars are what the server's main class needs. The package's own start script takes many more, for the admin server.
var jars = []string{"zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple", "netty-all", "snappy-java", "metrics-core"}

const mainClass = "org.apache.zookeeper.server.quorum.QuorumPeerMain"

// Available returns nil if servers can be started here, or what is missing.
func Available() error {
	_, _, err := java()
	return err
}

// java returns the program and the class path.
func java() (program, classpath string, err error) {
	program, err = exec.LookPath("java")
	if err != nil {
		return "", "", fmt.Errorf("no Java: %w", err)
	}
	paths := make([]string, len(jars))
	for i, jar := range jars {
		paths[i] = filepath.Join(jarDir, jar+".jar")
		if _, err := os.Stat(paths[i]); err != nil {
			return "", "", fmt.Errorf("no ZooKeeper (Debian: apt-get install zookeeper): %w", err)
		}
	}
	return program, strings.Join(paths, string(os.PathListSeparator)), nil
}

// quickStart is the options of a Java process that is to start quickly, to stay small, and to work little.
var quickStart = []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"}

// logged is the form of the log's lines: with the time of day, in order to be held against what clients say of the same moment.
var logged = []string{
	"-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
	"-Dorg.slf4j.simpleLogger.showShortLogName=true",
}

// command is the server's process.
func command(config string, jvm []string) (*exec.Cmd, error) {
	program, classpath, err := java()
	if err != nil {
		return nil, err
	}
	args := slices.Concat(jvm, logged, []string{
		"-Djava.net.preferIPv4Stack=true", "-Dzookeeper.jmx.log4j.disable=true", "-cp", classpath, mainClass, config,
	})
	cmd := exec.Command(program, args...)
	dieWithParent(cmd)
	return cmd, nil
}

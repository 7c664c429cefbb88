package zktest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// jarDir is where Debian's Java packages put their jars.
const jarDir = "/usr/share/java"

// jars are what the server's main class needs. The package's own start script takes many more, for the admin server.
var jars = []string{"zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-nop", "netty-all", "snappy-java", "metrics-core"}

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

// command is the server's process. Its options make for a quick start and a small footprint: a test's load is light, and
// several servers share a machine.
func command(config string) (*exec.Cmd, error) {
	program, classpath, err := java()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program,
		"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto",
		"-Djava.net.preferIPv4Stack=true", "-Dzookeeper.jmx.log4j.disable=true",
		"-cp", classpath, mainClass, config)
	dieWithParent(cmd)
	return cmd, nil
}

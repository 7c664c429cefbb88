package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// suite names the tests of go-zookeeper's own suite that start one server and use it as a client does. The others need an ensemble, or
// a server that keeps its nodes when its process is killed, or none. On a real 3.8.0 the suite does not get that far: go-zookeeper waits
// for the old form of the date that the word srvr answers with, and only our server gives it.
const suite = "^TestIntegration_(RecurringReAuthHang|Lock|MultiLevelLock|Create|CreateTTL|CreateContainer|OpsAfterCloseDontDeadlock|" +
	"Multi|MultiFailures|GetSetACL|Auth|Children|ChildWatch|SetWatchers|ExpiringWatch|SlowServer|MaxBufferSize)$"

// The suite starts its servers by a script, in a directory that the environment names. Here the script starts this test binary.
func TestGoZookeepersOwnSuitePasses(t *testing.T) {
	t.Parallel() // it mostly waits
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n%s=\"$2\" exec '%s'\n", configVariable, self)
	if err := os.WriteFile(filepath.Join(bin, "zkServer.sh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-count=1", "-json", "-run", suite, "github.com/go-zookeeper/zk")
	cmd.Env = append(os.Environ(), "ZOOKEEPER_BIN_PATH="+bin)
	output, err := cmd.CombinedOutput()
	passed := 0
	for line := range bytes.Lines(output) {
		var e struct{ Action, Test string }
		if json.Unmarshal(line, &e) == nil && e.Action == "pass" && e.Test != "" && !strings.Contains(e.Test, "/") {
			passed++
		}
	}
	if all := strings.Count(suite, "|") + 1; err != nil || passed != all {
		t.Errorf("%d of %d passed: %v\n%s", passed, all, err, output)
	}
}

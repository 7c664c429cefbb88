package zktest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// RequireClientsVariable is the environment variable that, set to 1, turns the skipping by [NeedKazoo] and [NeedJava] into a failure.
const RequireClientsVariable = "HAMASTER_REQUIRE_CLIENTS"

// NeedKazoo returns a Python interpreter that has kazoo (Debian's package python3-kazoo), or skips the test, or fails it if the clients
// of other languages are required.
func NeedKazoo(tb testing.TB) (python string) {
	tb.Helper()
	// Debian's packages belong to the system's interpreter, which need not be the first one on the path.
	for _, candidate := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(candidate, "-c", "import kazoo").Run() == nil {
			return candidate
		}
	}
	missing(tb, fmt.Errorf("no Python with kazoo (Debian: apt-get install python3-kazoo)"))
	return ""
}

// NeedJava returns the class path of these jars of Debian's Java packages, without their directory and suffix, or skips the test where
// one of them or a program of the JDK is missing, or fails it if the clients of other languages are required.
func NeedJava(tb testing.TB, jars ...string) (classpath string) {
	tb.Helper()
	for _, program := range []string{"java", "javac"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(tb, fmt.Errorf("no JDK (Debian: apt-get install default-jdk-headless): %w", err))
		}
	}
	paths := make([]string, len(jars))
	for i, jar := range jars {
		paths[i] = filepath.Join(jarDir, jar+".jar")
		if _, err := os.Stat(paths[i]); err != nil {
			missing(tb, fmt.Errorf("no Curator (Debian: apt-get install libcurator-recipes-java): %w", err))
		}
	}
	return strings.Join(paths, string(os.PathListSeparator))
}

func missing(tb testing.TB, what error) {
	tb.Helper()
	if os.Getenv(RequireClientsVariable) == "1" {
		tb.Fatalf("the clients of other languages are required (%s=1): %v", RequireClientsVariable, what)
	}
	tb.Skipf("needs a client of another language: %v", what)
}

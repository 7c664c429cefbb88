package interop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hamaster/hamaster/internal/zktest"
)

// curatorJars are what Curator's recipes need, and no more.
var curatorJars = []string{
	"curator-recipes", "curator-framework", "curator-client", "zookeeper", "zookeeper-jute", "guava", "slf4j-api", "slf4j-nop",
	"jackson-databind", "jackson-core", "jackson-annotations", "netty-all",
}

func TestCuratorSeesNoDifference(t *testing.T) {
	t.Parallel() // it mostly waits
	zktest.Need(t)
	jars := zktest.NeedJava(t, curatorJars...)
	classes := t.TempDir()
	sources, err := filepath.Glob(filepath.Join("testdata", "curator", "*.java"))
	if err != nil {
		t.Fatal(err)
	}
	compile := exec.Command("javac", append([]string{"-nowarn", "-proc:none", "-cp", jars, "-d", classes}, sources...)...)
	if output, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	compareClaims(t, func(ctx context.Context, linked, direct string) *exec.Cmd {
		return exec.CommandContext(ctx, "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.net.preferIPv4Stack=true",
			"-cp", jars+string(os.PathListSeparator)+classes, "Claims", linked, direct)
	})
}

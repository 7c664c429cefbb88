package interop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hamaster/hamaster/internal/zktest"
)

// shellJars are what the shell needs, which Debian's script for it takes from a manifest.
var shellJars = []string{"zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-nop", "netty-all", "commons-cli"}

// The sessions under testdata/zkcli, typed into the shell that comes with ZooKeeper, print the same on both servers.
func TestZkCliPrintsTheSame(t *testing.T) {
	t.Parallel() // it mostly waits
	zktest.Need(t)
	jars := zktest.NeedJava(t, shellJars...)
	scripts, err := filepath.Glob(filepath.Join("testdata", "zkcli", "*.txt"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	genuine, ours := startPair(t)
	for _, script := range scripts {
		var expected, got transcript
		var both sync.WaitGroup
		both.Go(func() { expected = genuine.shell(t, jars, script) })
		both.Go(func() { got = ours.shell(t, jars, script) })
		both.Wait()
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txt"), func(t *testing.T) {
			if diff := cmp.Diff(expected, got, cmp.AllowUnexported(transcript{})); diff != "" {
				t.Errorf("%s (-), %s (+):\n%s", genuine.name, ours.name, diff)
			}
		})
	}
}

// transcript is what a session printed. The events are apart, since a thread of their own prints them.
type transcript struct {
	answers, events []string
}

func (s *side) shell(t *testing.T, jars, script string) transcript {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	input, err := os.Open(script)
	if err != nil {
		t.Error(err)
		return transcript{}
	}
	defer input.Close()
	cmd := exec.CommandContext(ctx, "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.net.preferIPv4Stack=true", "-Duser.timezone=UTC",
		"-cp", jars, "org.apache.zookeeper.ZooKeeperMain", "-server", s.addr)
	cmd.Stdin = input
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", s.name, err, output)
	}
	return read(string(output))
}

var (
	zxids    = regexp.MustCompile(`^([cmp]Zxid = 0x)([1-9a-f][0-9a-f]*)$`)
	times    = regexp.MustCompile(`^([cm]time = ).* (20\d\d)$`)
	sessions = regexp.MustCompile(`^(ephemeralOwner = 0x)[1-9a-f][0-9a-f]*$`)
)

// read takes apart what a session printed, without what differs from one run to the next: zxids count from the first one seen, times and
// session ids are left out.
func read(output string) transcript {
	var tr transcript
	var base int64
	for _, line := range strings.Split(output, "\n") {
		if m := zxids.FindStringSubmatch(line); m != nil {
			zxid, _ := strconv.ParseInt(m[2], 16, 64) // the pattern has only digits
			if base == 0 {
				base = zxid
			}
			line = m[1] + "first+" + strconv.FormatInt(zxid-base, 10)
		}
		line = sessions.ReplaceAllString(times.ReplaceAllString(line, "${1}now"), "${1}session")
		switch {
		case strings.HasPrefix(line, "WatchedEvent state:Closed"):
			// Whether it is still printed is up to the scheduler: the program ends with its session.
		case strings.HasPrefix(line, "WatchedEvent"):
			tr.events = append(tr.events, line)
		case line == "", line == "WATCHER::", strings.HasPrefix(line, "Connecting to "):
		default:
			tr.answers = append(tr.answers, line)
		}
	}
	return tr
}

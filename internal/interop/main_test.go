package interop

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// configVariable makes this test binary a server, with the port and the tick of the ZooKeeper configuration file that it names.
const configVariable = "HAMASTER_INTEROP_CONFIG"

func TestMain(m *testing.M) {
	if config := os.Getenv(configVariable); config != "" {
		fmt.Fprintln(os.Stderr, serve(config))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// serve runs a server until the process is killed. It returns only if that cannot be.
func serve(config string) error {
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
			settings[name] = value
		}
	}
	ms, err := strconv.Atoi(settings["tickTime"])
	if err != nil {
		return fmt.Errorf("tickTime: %w", err)
	}
	_, err = zkserver.Start(zkserver.Config{
		Addr:     net.JoinHostPort("127.0.0.1", settings["clientPort"]),
		TickTime: time.Duration(ms) * time.Millisecond,
	})
	if err != nil {
		return err
	}
	select {}
}

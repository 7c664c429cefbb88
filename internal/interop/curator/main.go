package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/hamaster/hamaster/coord/zkserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "curator:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var (
		s          suite
		cfg        zkserver.Config
		port       int
		asServer   bool
		chaotic    bool
		side, only string
	)
	flag.StringVar(&s.curator, "curator", "", "`directory` of Curator's sources, in the version of Debian's packages")
	flag.StringVar(&s.out, "out", "", "`directory` for what is compiled, for what the tests print, and for their results")
	flag.StringVar(&side, "on", "both", "which `server`: ours, real, or both, one after the other")
	flag.StringVar(&only, "classes", ".", "only test classes whose full name has a match of this regular `expression`")
	flag.IntVar(&s.parallel, "parallel", 4, "how many classes to run at a time; each in a process of its own, which mostly waits")
	flag.DurationVar(&s.patience, "patience", 25*time.Minute, "how long one class may take")
	flag.BoolVar(&asServer, "serve", false, "be the server of one test, told on the standard input to start and stop; the tests use this")
	flag.IntVar(&port, "port", 0, "with -serve: where to listen, on the loopback interface")
	flag.DurationVar(&cfg.TickTime, "tick", 0, "with -serve: the tick, and least session timeout")
	flag.DurationVar(&cfg.ContainerInterval, "containers", 0, "with -serve: how often empty containers are looked for")
	flag.BoolVar(&chaotic, "chaos", false, "with -serve: lose the reply to the first create in /mylock, and then all requests for six seconds")
	flag.Parse()
	if asServer {
		cfg.MinTimeout, cfg.MaxTimeout = cfg.TickTime, 20*cfg.TickTime
		return serve(cfg, fmt.Sprintf("127.0.0.1:%d", port), chaotic, os.Stdin, os.Stdout)
	}
	var err error
	if s.only, err = regexp.Compile(only); err != nil {
		return err
	}
	return s.run(ctx, side)
}

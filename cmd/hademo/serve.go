package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/coord/zkserver"
)

// serve is the flags of `hademo serve`.
type serve struct {
	addr                         string
	remote                       bool
	tick, minTimeout, maxTimeout time.Duration
	logLevel                     string
}

func newServe(s streams) *cobra.Command {
	v := &serve{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the embedded server, which speaks ZooKeeper's protocol",
		Long: `Run the embedded server, which speaks ZooKeeper's client protocol, until SIGINT or SIGTERM.

It is one process, holds everything in memory and forgets it at the end: for development, demonstrations and tests.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context(), s) },
	}
	f := cmd.Flags()
	f.StringVar(&v.addr, "addr", defaultAddr, "`address` to listen on, as host:port; port 0 means a free one")
	f.BoolVar(&v.remote, "allow-remote", false, "allow an address that other machines can reach; nothing protects the server from them")
	f.DurationVar(&v.tick, "tick", 0, "granularity of session expiry; 0 means 500ms")
	f.DurationVar(&v.minTimeout, "min-timeout", 0, "least session timeout that is granted; 0 means two ticks")
	f.DurationVar(&v.maxTimeout, "max-timeout", 0, "greatest session timeout that is granted; 0 means 20 ticks, but at least 40s")
	f.StringVar(&v.logLevel, "log-level", "warn", logUsage)
	return cmd
}

func (v *serve) run(ctx context.Context, s streams) error {
	log, err := newLogger(v.logLevel, s.err)
	if err != nil {
		return err
	}
	server, err := zkserver.Start(zkserver.Config{
		Addr: v.addr, AllowRemote: v.remote, TickTime: v.tick, MinTimeout: v.minTimeout, MaxTimeout: v.maxTimeout,
		Logger: log,
	})
	if errors.Is(err, zkserver.ErrRemote) {
		return fmt.Errorf("--addr %q is not on the loopback interface: other machines could reach the server, and nothing protects it from them; add --allow-remote if that is meant", v.addr)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "serving ZooKeeper's protocol at %s, in memory, until interrupted\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}

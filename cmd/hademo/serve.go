package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/coord/zkserver/faulthttp"
)

// serve is the flags of `hademo serve`.
type serve struct {
	addr                         string
	remote                       bool
	tick, minTimeout, maxTimeout time.Duration
	superDigest                  string
	faults                       string
	logLevel                     string
}

func newServe(s streams) *cobra.Command {
	v := &serve{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the embedded server, which speaks ZooKeeper's protocol",
		Long: `Run the embedded server, which speaks ZooKeeper's client protocol, until SIGINT or SIGTERM.

It is one process, holds everything in memory and forgets it at the end: for development, demonstrations and tests. With --faults tests in
any language can make sessions expire, replies get lost, connections fall silent and more, and ask what has happened: docs/testserver.md.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context(), s) },
	}
	f := cmd.Flags()
	f.StringVar(&v.addr, "addr", defaultAddr, "`address` to listen on, as host:port; port 0 means a free one")
	f.BoolVar(&v.remote, "allow-remote", false, "allow an address that other machines can reach; nothing protects the server from them")
	f.DurationVar(&v.tick, "tick", 0, "granularity of session expiry; 0 means 500ms")
	f.DurationVar(&v.minTimeout, "min-timeout", 0, "least session timeout that is granted; 0 means two ticks")
	f.DurationVar(&v.maxTimeout, "max-timeout", 0, "greatest session timeout that is granted; 0 means 20 ticks, but at least 40s")
	f.StringVar(&v.superDigest, "super-digest", "", "who authenticates as this `user:hash` is above all ACLs, as ZooKeeper's superDigest: super:<base64 of SHA-1 of super:password>")
	f.StringVar(&v.faults, "faults", "", "`address` to take calls for faults on, over HTTP, from this machine alone; port 0 means a free one")
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
		SuperDigest: v.superDigest, Logger: log,
	})
	if errors.Is(err, zkserver.ErrRemote) {
		return fmt.Errorf("--addr %q is not on the loopback interface: other machines could reach the server, and nothing protects it from them; add --allow-remote if that is meant", v.addr)
	}
	if err != nil {
		return err
	}
	var faults *faulthttp.Server
	if v.faults != "" {
		if faults, err = faulthttp.Start(v.faults, server); err != nil {
			return errors.Join(fmt.Errorf("--faults: %w", err), server.Close())
		}
	}
	v.show(s, server, faults)
	<-ctx.Done()
	if faults != nil {
		err = faults.Close()
	}
	return errors.Join(err, server.Close())
}

// show says where the server is and what can be done with it.
func (v *serve) show(s streams, server *zkserver.Server, faults *faulthttp.Server) {
	addr, cfg := server.Addr(), server.Config()
	fmt.Fprintf(s.out, "serving ZooKeeper's protocol at %s, in memory, until interrupted\n", addr)
	fmt.Fprintf(s.out, "  connect    zkCli.sh -server %s\n", addr)
	fmt.Fprintf(s.out, "  ask        echo srvr | nc %s    (and all other four-letter words)\n", strings.Replace(addr, ":", " ", 1))
	fmt.Fprintf(s.out, "  sessions   of %v to %v, which expire in ticks of %v\n", cfg.MinTimeout, cfg.MaxTimeout, cfg.TickTime)
	if faults != nil {
		fmt.Fprintf(s.out, "  faults     curl http://%s/    (tells what there is)\n", faults.Addr())
	}
	fmt.Fprint(s.err, remoteWarning(addr))
}

// remoteWarning is what must be said of an address that is not on the loopback interface; of another nothing.
func remoteWarning(addr string) string {
	if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr().IsLoopback() {
		return ""
	}
	return fmt.Sprintf("hademo: warning: this server is for development: other machines can reach %s, and nothing protects it from them\n", addr)
}

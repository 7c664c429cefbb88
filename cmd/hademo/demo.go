package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/coord/zkserver"
	"github.com/hamaster/hamaster/ha"
)

// demo is the flags of `hademo` itself.
type demo struct {
	service
	path, policy string
	pace         time.Duration
}

func newDemo(s streams) *cobra.Command {
	d := &demo{}
	cmd := &cobra.Command{
		Use:   "hademo",
		Short: "Show master election among processes on ZooKeeper",
		Long: `Show master election among processes on ZooKeeper.

Without a subcommand: start three candidates as processes, kill the master, let another leave gracefully, start the
missing ones again, and sum up who was master when. The status is 0 only if all went as it should.

It takes about 15 seconds, and needs nothing: without --zk it brings its own server.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), s) },
	}
	f := cmd.Flags()
	d.register(f, "", 2*time.Second)
	f.Lookup("zk").Usage += " (default: a server of its own)"
	f.StringVar(&d.path, "path", defaultPath, "election path")
	f.StringVar(&d.policy, "policy", "oldest", "who is to be master, by this `policy`: oldest, newest, name or priority")
	f.DurationVar(&d.pace, "pace", 1500*time.Millisecond, "how long to let you watch between two steps")
	return cmd
}

func (d *demo) run(ctx context.Context, s streams) (err error) {
	log, err := newLogger(d.logLevel, s.err)
	if err != nil {
		return err
	}
	policy, err := ha.PolicyByName(d.policy)
	if err != nil {
		return fmt.Errorf("--policy: %w", err)
	}
	if d.pace < 0 {
		return fmt.Errorf("--pace %v: must not be negative", d.pace)
	}
	server := d.addr
	if server == "" {
		own, failed := d.serve(log)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, own.Close()) }()
		d.addr = own.Addr()
		server = d.addr + " (embedded: one process, in memory)"
	}
	if err := d.checkVacant(ctx, log); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program, to start candidates: %w", err)
	}
	d.introduce(s, server)
	return d.play(ctx, s, newStage(program, d.nodeArgs(), policy, s.out))
}

// play runs the script and sums up. However it ends, no child is left.
func (d *demo) play(ctx context.Context, s streams, st *stage) error {
	st.patience = 30*time.Second + 5*d.timeout
	err := st.perform(ctx, d.pace)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	err = errors.Join(err, st.close())
	if errors.Is(err, errInterrupted) {
		return err
	}
	err = errors.Join(err, st.ledger.verdict())
	st.ledger.write(s.out, st.line.start, d.timeout)
	if err == nil {
		fmt.Fprintf(s.out, "\nAll went as it should.\n")
	}
	return err
}

// serve starts a server for this demonstration alone. Its tick is short, as a session may outlive its timeout by one.
func (d *demo) serve(log hclog.Logger) (*zkserver.Server, error) {
	if d.timeout <= 0 {
		return nil, fmt.Errorf("--timeout %v: must be more than zero", d.timeout)
	}
	d.tick = min(max(d.timeout/10, 10*time.Millisecond), 500*time.Millisecond)
	return zkserver.Start(zkserver.Config{TickTime: d.tick, Logger: log})
}

// checkVacant finds out, before any process is started, whether the service can be used and nobody else takes part.
func (d *demo) checkVacant(ctx context.Context, log hclog.Logger) error {
	view, err := d.look(ctx, d.path, log)
	if errors.Is(err, errNoElection) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(view.Members) > 0 {
		return fmt.Errorf("%s has candidates already, the first of them %s: give another --path", d.path, view.Members[0].ID)
	}
	return nil
}

// nodeArgs are the arguments that all candidates have in common.
func (d *demo) nodeArgs() []string {
	return []string{
		"node", "--json", "--stop-on-eof", "--log-level", "error",
		"--zk", d.addr, "--path", d.path, "--policy", d.policy, "--timeout", d.timeout.String(), "--tick", d.tick.String(),
	}
}

func (d *demo) introduce(s streams, server string) {
	host, chroot, _ := strings.Cut(d.addr, "/")
	path := d.path
	if chroot != "" {
		path = "/" + chroot + path
	}
	fmt.Fprintf(s.out, "Three processes, one of them master.\n\n")
	fmt.Fprintf(s.out, "  ZooKeeper   %s\n", server)
	fmt.Fprintf(s.out, "  election    %s, policy %s, session timeout %v\n", d.path, d.policy, d.timeout)
	fmt.Fprintf(s.out, "  look at it  zkCli.sh -server %s ls %s\n", host, path)
	fmt.Fprintf(s.out, "              zkCli.sh -server %s get %s\n", host, path)
	fmt.Fprintf(s.out, "              hademo status --zk %s --path %s\n\n", d.addr, d.path)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/hamaster/hamaster/coord"
	"github.com/hamaster/hamaster/ha"
)

// node is the flags of `hademo node`.
type node struct {
	service
	path, id      string
	policy        string
	priority      int32
	data          string
	dataFile      string
	grace         time.Duration
	onSuspend     string
	exitOnOverrun bool
	json          bool
	noWork        bool
	lateWrite     bool
	stopOnEOF     bool
}

func newNode(s streams) *cobra.Command {
	n := &node{}
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Be one candidate until SIGINT or SIGTERM",
		Long: `Be one candidate until SIGINT or SIGTERM, which leave gracefully: the role stops, then the candidate's node goes.
A second signal ends the process at once.

The role's work, for show, is a write to the node <path>-work every tenth of a second, which the service refuses
unless this process is still the master.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return n.run(cmd.Context(), s) },
	}
	host, _ := os.Hostname() // without one, --id must be given
	f := cmd.Flags()
	n.register(f, defaultAddr, 10*time.Second)
	f.DurationVar(&n.tick, "tick", 0, "the service's tickTime if it is known, which makes the lease longer")
	f.StringVar(&n.path, "path", defaultPath, "election path")
	f.StringVar(&n.id, "id", host, "name of this candidate")
	f.StringVar(&n.policy, "policy", "oldest", "who is to be master, by this `policy`: oldest, newest, name or priority; the same for all candidates")
	f.Int32Var(&n.priority, "priority", 0, "this candidate's priority, under that policy: the greatest wins")
	f.StringVar(&n.data, "data", "", "data of the candidate's node")
	f.StringVar(&n.dataFile, "data-file", "", "`file` with the data of the candidate's node, byte for byte")
	f.DurationVar(&n.grace, "grace", 0, "how long the role may need to stop; 0 means a tenth of the session timeout")
	f.StringVar(&n.onSuspend, "on-suspend", "keep", "`choice` while the connection is lost and the lease stands: keep leading, or stop")
	f.BoolVar(&n.exitOnOverrun, "exit-on-overrun", false, "end the process if the role does not stop in time")
	f.BoolVar(&n.json, "json", false, "print one JSON object a line")
	f.BoolVar(&n.noWork, "no-work", false, "write nothing while master")
	f.BoolVar(&n.lateWrite, "late-write", false, "try one more write after each term, and log what became of it")
	f.BoolVar(&n.stopOnEOF, "stop-on-eof", false, "leave when standard input ends, as it does when the parent process dies")
	cmd.MarkFlagsMutuallyExclusive("data", "data-file")
	return cmd
}

func (n *node) run(ctx context.Context, s streams) error {
	log, err := newLogger(n.logLevel, s.err)
	if err != nil {
		return err
	}
	cfg, err := n.config(log)
	if err != nil {
		return err
	}
	backend, err := n.backend(log)
	if err != nil {
		return err
	}
	out := &printer{w: s.out, json: n.json}
	w := &worker{
		id: n.id, out: out, log: log, lateWrite: n.lateWrite,
		elected: make(chan coord.Zxid, 1),
	}
	if !n.noWork {
		w.work = n.path + "-work"
	}
	cfg.Observer = ha.ObserverFunc(w.observe)
	candidate, err := ha.New(backend, cfg, w.lead)
	if err != nil {
		return err
	}
	if n.stopOnEOF {
		var stop func()
		ctx, stop = untilEOF(ctx, s.in)
		defer stop()
	}
	err = candidate.Run(ctx)
	return errors.Join(err, out.failure())
}

func (n *node) config(log hclog.Logger) (ha.Config, error) {
	cfg := ha.Config{
		Path: n.path, ID: n.id, Priority: n.priority, StopGrace: n.grace, OpenWithin: n.timeout, Logger: log,
	}
	var err error
	if cfg.Policy, err = ha.PolicyByName(n.policy); err != nil {
		return cfg, fmt.Errorf("--policy: %w", err)
	}
	if cfg.Data, err = n.payload(); err != nil {
		return cfg, err
	}
	switch n.onSuspend {
	case "keep":
		cfg.OnSuspend = ha.KeepLeading
	case "stop":
		cfg.OnSuspend = ha.StopAtOnce
	default:
		return cfg, fmt.Errorf("--on-suspend %q: must be keep or stop", n.onSuspend)
	}
	if n.exitOnOverrun {
		cfg.OnOverrun = ha.ExitProcess
	}
	return cfg, nil
}

// payload is the candidate node's data. A command line cannot hold as much as a node can: hence the file.
func (n *node) payload() ([]byte, error) {
	if n.dataFile == "" {
		return []byte(n.data), nil
	}
	f, err := os.Open(n.dataFile)
	if err != nil {
		return nil, fmt.Errorf("--data-file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, coord.MaxData+1))
	if err != nil {
		return nil, fmt.Errorf("--data-file: %w", err)
	}
	if len(data) > coord.MaxData {
		return nil, fmt.Errorf("--data-file %s: more than %d bytes, the most a node's data may have", n.dataFile, coord.MaxData)
	}
	return data, nil
}

// untilEOF returns a context that ends when there is no more to read. A read of standard input cannot be called off, so that its
// goroutine may outlive stop: it ends with the process.
func untilEOF(ctx context.Context, in io.Reader) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in) // an error is an end as well
		cancel()
	}()
	return ctx, cancel
}

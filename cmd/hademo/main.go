// Command hademo shows master election at work: by itself, as a demonstration of three processes that take over from one
// another; and in its parts, as one candidate (node), an embedded server (serve) and a look at an election (status).
//
// It talks to any ZooKeeper. All it does is flags, processes and printing: package ha elects.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// streams are the process's, or a test's.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit statuses, beside 0.
const (
	exitFailed      = 1
	exitInterrupted = 130 // as a shell reports it
)

// run is the command without the process around it; it returns the exit status.
func run(args []string, s streams) int {
	ctx, release := untilSignal()
	defer release()
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(s.err, "hademo: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(s.err, "hademo:", oneLine(err))
	return exitFailed
}

// knownCommand is for an argument that names no command.
func knownCommand(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case len(cmd.SuggestionsFor(args[0])) > 0:
		return fmt.Errorf("unknown command %q: did you mean %s?", args[0], strings.Join(cmd.SuggestionsFor(args[0]), " or "))
	}
	return fmt.Errorf("unknown command %q: hademo --help lists the commands", args[0])
}

// newRoot returns the command, whose own action is the demonstration.
func newRoot(s streams) *cobra.Command {
	root := newDemo(s)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SilenceErrors, root.SilenceUsage = true, true // an error is one line, and run prints it
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w: %s --help lists the flags", err, cmd.CommandPath())
	})
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newNode(s), newServe(s), newStatus(s), newSimulate(s), newExplore(s))
	return root
}

// oneLine joins what errors.Join puts on lines of their own.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; ")
}

//go:build !unix

package main

import (
	"io"
	"os"
	"syscall"
)

// childAttributes: none. Should the parent be killed, the child's standard input ends.
func childAttributes() *syscall.SysProcAttr { return nil }

// gracefully is how askToLeave asks.
const gracefully = "end of input"

// askToLeave ends the child's input, as there is no signal for it.
func askToLeave(_ *os.Process, stdin io.Closer) error { return stdin.Close() }

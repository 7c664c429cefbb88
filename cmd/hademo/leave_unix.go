//go:build unix

package main

import (
	"io"
	"os"
	"syscall"
)

// gracefully is how askToLeave asks.
const gracefully = "SIGTERM"

// askToLeave does as an operator would.
func askToLeave(p *os.Process, _ io.Closer) error { return p.Signal(syscall.SIGTERM) }

package main

import "syscall"

// childAttributes: a group of its own, so that a terminal's Ctrl-C reaches only the parent, which then asks each child to leave; and
// the end of the child should the parent be killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

//go:build unix && !linux

package main

import "syscall"

// childAttributes: a group of its own, so that a terminal's Ctrl-C reaches only the parent, which then asks each child to leave.
// Should the parent be killed, the child's standard input ends.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

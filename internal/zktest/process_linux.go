package zktest

import (
	"os/exec"
	"syscall"
)

// dieWithParent keeps a test binary that is killed, or runs into its time limit, from leaving servers behind.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

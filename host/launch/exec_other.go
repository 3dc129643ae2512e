//go:build !linux

package launch

import (
	"os"
	"os/exec"
)

const execFDPath = ""

// canExecOpenFile says no: only Linux has a path for an open descriptor.
func canExecOpenFile(*os.File) bool { return false }

// wait returns when the process has ended, and has called clear by then.
func wait(cmd *exec.Cmd, clear func()) error {
	err := cmd.Wait()
	clear()
	return err
}

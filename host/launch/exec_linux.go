package launch

import (
	"bytes"
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// execFDPath names the descriptor that a child gets its own executable as.
// (The host's number for it could be taken by another file in the child.)
const execFDPath = "/proc/self/fd/4"

// canExecOpenFile reports whether f may be started through its descriptor. A
// script may not: its interpreter would look for a descriptor that is closed.
func canExecOpenFile(f *os.File) bool {
	magic := make([]byte, 4)
	_, err := f.ReadAt(magic, 0)
	return err == nil && bytes.Equal(magic, []byte("\x7fELF"))
}

// wait returns when the process has ended. It calls clear in between, when the
// process has ended but isn't reaped: its number, which is that of its group
// too, can't belong to anybody else yet.
func wait(cmd *exec.Cmd, clear func()) error {
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	clear()
	return cmd.Wait()
}

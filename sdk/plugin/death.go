package plugin

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// hostDeath returns a channel that is closed when the host's end of the death
// pipe is: the one sign that comes even when a host is killed before it has
// connected. Nil without a pipe.
//
// The goroutine lives as long as the process.
func hostDeath() (<-chan struct{}, error) {
	text, ok := os.LookupEnv(DeathFDEnv)
	if !ok {
		return nil, nil
	}
	fd, err := strconv.Atoi(text)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("%s=%q is not the number of an inherited file descriptor", DeathFDEnv, text)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, fmt.Errorf("%s=%d is not open: %w", DeathFDEnv, fd, err)
	}
	unix.CloseOnExec(fd) // a child of the plugin must not inherit it
	if err := os.Unsetenv(DeathFDEnv); err != nil {
		return nil, err
	}
	pipe := os.NewFile(uintptr(fd), "death pipe")
	dead := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, pipe)
		close(dead)
	}()
	return dead, nil
}

package plugin

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// stdio keeps go-plugin away from what the process prints. It announces itself
// on stdout, and later replaces both streams by pipes that are read by nobody
// in particular: prints are lost, and a long one blocks.
type stdio struct {
	stderr *os.File // the real one, before go-plugin replaces the variable
}

// redirect makes everything printed go to stderr, but for the handshake line:
// until release, the variable os.Stdout still leads to the host.
func redirect() (*stdio, error) {
	host, err := unix.FcntlInt(os.Stdout.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("keeping stdout for the handshake: %w", err)
	}
	if err := replace(int(os.Stderr.Fd()), int(os.Stdout.Fd())); err != nil {
		return nil, fmt.Errorf("pointing stdout at stderr: %w", err)
	}
	s := &stdio{stderr: os.Stderr}
	os.Stdout = os.NewFile(uintptr(host), "handshake")
	return s, nil
}

// release gives the streams back once the handshake is over.
func (s *stdio) release() { os.Stdout, os.Stderr = s.stderr, s.stderr }

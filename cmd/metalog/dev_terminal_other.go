//go:build !linux

package main

import "golang.org/x/sys/unix"

// How this system is asked for a terminal's mode, and told it.
const (
	termiosGet = unix.TIOCGETA
	termiosSet = unix.TIOCSETA
)

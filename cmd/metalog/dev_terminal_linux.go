package main

import "golang.org/x/sys/unix"

// How this system is asked for a terminal's mode, and told it.
const (
	termiosGet = unix.TCGETS
	termiosSet = unix.TCSETS
)

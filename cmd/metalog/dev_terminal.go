package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// devTerminal is what is shown to, and told by, whoever runs a development cluster:
// keys is nil where there is no terminal. restore gives the terminal back as it was
// found, and ends what reads it; it may be called again.
func (c *cli) devTerminal(ctx context.Context) (s screen, keys <-chan byte, restore func(), err error) {
	in, inOK := c.in.(*os.File)
	out, outOK := c.out.(*os.File)
	if !inOK || !outOK || !isTerminal(in) || !isTerminal(out) {
		return &plainScreen{out: c.out, err: c.err}, nil, func() {}, nil
	}
	keys, restore, err = readKeys(ctx, in)
	if err != nil {
		return nil, nil, nil, err
	}
	return &liveScreen{out: out, width: func() int { return widthOf(out) }}, keys, restore, nil
}

func widthOf(out *os.File) int {
	width, _, err := term.GetSize(int(out.Fd()))
	if err != nil || width < 1 {
		return 80
	}
	return width
}

// readKeys has the terminal give each key as it is pressed, without an echo. Signals
// and output stay as they are, so that ^C is SIGINT even when this program hangs.
// The channel is closed when the terminal is gone.
func readKeys(ctx context.Context, tty *os.File) (_ <-chan byte, restore func(), err error) {
	fd := int(tty.Fd())
	before, err := unix.IoctlGetTermios(fd, termiosGet)
	if err != nil {
		return nil, nil, err
	}
	single := *before
	single.Lflag &^= unix.ICANON | unix.ECHO
	single.Cc[unix.VMIN], single.Cc[unix.VTIME] = 0, 0 // a read waits for nothing: pressed does
	set := func(mode *unix.Termios) error { return unix.IoctlSetTermios(fd, termiosSet, mode) }
	if err := set(&single); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	again := make(chan os.Signal, 1) // after ^Z and fg
	signal.Notify(again, syscall.SIGCONT)
	keys := make(chan byte)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(keys)
		for ctx.Err() == nil && pressed(ctx, fd, keys) {
			select {
			case <-again:
				_ = set(&single) // pressed sees a terminal that is gone
			default:
			}
		}
	})
	return keys, sync.OnceFunc(func() {
		cancel()
		reading.Wait()
		signal.Stop(again)
		_ = set(before) // a terminal that is gone needs nothing
	}), nil
}

// pressed waits a moment for a key; false: there is no terminal any more.
func pressed(ctx context.Context, fd int, keys chan<- byte) bool {
	ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(ask, keyMoment)
	switch {
	case errors.Is(err, unix.EINTR) || err == nil && n == 0:
		return true
	case err != nil || ask[0].Revents&unix.POLLIN == 0:
		return false
	}
	var key [1]byte
	switch n, err = unix.Read(fd, key[:]); {
	case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
		return true
	case err != nil || n == 0:
		return false
	}
	select {
	case keys <- key[0]:
	case <-ctx.Done():
	}
	return true
}

// keyMoment is how long is waited for a key before it is asked whether anybody still
// wants one, in milliseconds.
const keyMoment = 100

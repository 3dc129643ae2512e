package nodes

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// parentEnv names the descriptor of the pipe whose other end a node's parent holds.
const parentEnv = "METALOG_PARENT_FD"

// Parent returns a context that ends with ctx, and when the process that started
// this one as a node is gone, however it went. In a process that wasn't, it is as
// ctx. It is called once, before anything reads the environment; release waits for
// its goroutine.
func Parent(ctx context.Context) (_ context.Context, release func(), err error) {
	text, ok := os.LookupEnv(parentEnv)
	if !ok {
		return ctx, func() {}, nil
	}
	fd, err := strconv.Atoi(text)
	if err == nil && fd > 2 {
		err = unix.SetNonblock(fd, true) // so that Close wakes the reader
	}
	if err != nil || fd < 3 {
		return ctx, func() {}, fmt.Errorf("%s=%q isn't the number of an inherited descriptor: unset it, only metalog dev and its like set it", parentEnv, text)
	}
	unix.CloseOnExec(fd)
	if err := os.Unsetenv(parentEnv); err != nil {
		return ctx, func() {}, err
	}
	pipe := os.NewFile(uintptr(fd), "parent pipe")
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE) // so that a log that nobody reads any more doesn't end it at once
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, pipe)
		cancel()
	}()
	return ctx, func() {
		_ = pipe.Close()
		<-done
		signal.Stop(unread)
	}, nil
}

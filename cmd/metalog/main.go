// Command metalog runs a node and talks to one.
//
// Data goes to stdout, everything else to stderr. The exit codes stand in
// exit.go.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/chronik-stream/metalog/builtin"
	"github.com/chronik-stream/metalog/internal/nodes"
)

func main() {
	builtin.Serve() // doesn't return in a process that a host started as its backend
	os.Exit(mainCode())
}

// mainCode runs the program until it is done or told to stop. A second signal
// finds nobody listening, and ends the process at once. A node that was started by
// `metalog dev` is told to stop by the end of that process, too.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	ctx, release, err := nodes.Parent(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		return exitUsage
	}
	defer release()
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

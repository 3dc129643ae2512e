package main

import (
	"errors"
	"fmt"
)

// The exit codes.
const (
	exitOK            = 0
	exitError         = 1
	exitUsage         = 2
	exitUnreachable   = 3
	exitNotFound      = 4
	exitConflict      = 5
	exitUnhealthy     = 6
	exitNonconformant = 7
	exitUnknown       = 8
)

const exitCodesHelp = `Exit codes: 0 ok, 1 error, 2 usage, 3 unreachable, 4 not found, 5 conflict or
precondition, 6 unhealthy, 7 conformance failed, 8 outcome unknown (repeat
with the --request-id that was printed).`

// failure is an error with its exit code and what to do next.
type failure struct {
	code int
	err  error
	next string // a full sentence; empty: err says it already
}

func (f *failure) Error() string {
	if f.next == "" {
		return f.err.Error()
	}
	return f.err.Error() + ". " + f.next
}

func (f *failure) Unwrap() error { return f.err }

// errQuiet is a failure whose text has been printed.
var errQuiet = errors.New("")

// report prints err for a person and returns the exit code.
func (c *cli) report(err error) int {
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errQuiet) {
		fmt.Fprintf(c.err, "error: %v\n", err)
	}
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitError
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chronik-stream/metalog/client"
	"github.com/chronik-stream/metalog/metadata"
	"github.com/chronik-stream/metalog/sdk"
)

// explain gives a node's error its exit code and the next step.
func (c *cli) explain(err error) error {
	var f *failure
	if err == nil || errors.As(err, &f) {
		return err
	}
	if errors.Is(err, client.ErrUnreachable) {
		return &failure{
			code: exitUnreachable, err: fmt.Errorf("no node answers at %s: %w", c.addr, networkError{err}),
			next: "Is it running? Start one: metalog server. Elsewhere: --addr HOST:PORT",
		}
	}
	return &failure{code: codeOf(err), err: err}
}

// explainNext is explain, with what to do next where that isn't clear yet. next
// may be nil.
func (c *cli) explainNext(err error, next func(error) string) error {
	explained := c.explain(err)
	var f *failure
	if next != nil && errors.As(explained, &f) && f.next == "" {
		f.next = next(err)
	}
	return explained
}

// networkError prints of an error only what it ends with, such as
// "connection refused": the rest repeats the address.
type networkError struct{ error }

func (n networkError) Error() string {
	text := n.error.Error()
	return strings.TrimRight(text[strings.LastIndex(": "+text, ": "):], `"`)
}

func (n networkError) Unwrap() error { return n.error }

// codeOf is the exit code of an answer from a node.
func codeOf(err error) int {
	switch {
	case errors.Is(err, metadata.ErrNotFound):
		return exitNotFound
	case errors.Is(err, metadata.ErrAlreadyExists),
		errors.Is(err, metadata.ErrConflict),
		errors.Is(err, sdk.ErrConflict),
		errors.Is(err, metadata.ErrSealed),
		errors.Is(err, metadata.ErrFenced):
		return exitConflict
	case errors.Is(err, metadata.ErrUnavailable), // its time may have run out, too
		errors.Is(err, sdk.ErrNoQuorum),
		errors.Is(err, sdk.ErrOverloaded),
		errors.Is(err, sdk.ErrClosed):
		return exitUnhealthy
	case errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	default:
		return exitError
	}
}

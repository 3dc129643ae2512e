package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// patience ends a context when long work hasn't come on for as long as an answer may
// take. One goroutine hears; end releases it.
type patience struct {
	wait   time.Duration
	timer  *time.Timer
	ctx    context.Context //nolint:containedctx // it is about this one
	cancel context.CancelCauseFunc
}

// longWait is --timeout's default where a step may wait for an election or a disk.
const longWait = 30 * time.Second

// patient begins to wait.
func (c *cli) patient(cmd *cobra.Command) (context.Context, *patience) {
	if !cmd.Flags().Changed("timeout") {
		c.wait = longWait
	}
	ctx, cancel := context.WithCancelCause(cmd.Context())
	p := &patience{wait: c.wait, ctx: ctx, cancel: cancel}
	p.timer = time.AfterFunc(p.wait, func() { cancel(silenceError{p.wait}) })
	return ctx, p
}

// silenceError is why patience ended.
type silenceError struct{ wait time.Duration }

func (s silenceError) Error() string {
	return fmt.Sprintf("nothing has happened for %s (--timeout)", s.wait)
}

func (s silenceError) Is(target error) bool { return target == context.DeadlineExceeded }

// heard is called whenever the work has come on.
func (p *patience) heard() { p.timer.Reset(p.wait) }

func (p *patience) end() {
	p.timer.Stop()
	p.cancel(nil)
}

// explain says what ended the work, if it was the waiting and err doesn't say so.
func (p *patience) explain(err error) error {
	silence, silent := errors.AsType[silenceError](context.Cause(p.ctx))
	if err == nil || !silent || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", silence, err)
}

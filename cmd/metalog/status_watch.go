package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/term"
)

// watchStatus shows a status again and again until a signal, also while the node
// is away.
func (c *cli) watchStatus(ctx context.Context, show func(context.Context, node) error) error {
	c.everySecond(ctx, show, func(error) bool { return false })
	return nil
}

// untilHealthy is watchStatus until there is nothing to complain of, for no longer
// than --timeout.
func (c *cli) untilHealthy(ctx context.Context, show func(context.Context, node) error) error {
	limited, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	last := errors.New("no answer")
	c.everySecond(limited, show, func(err error) bool {
		last = err
		return err == nil
	})
	switch {
	case last == nil:
		return nil
	case ctx.Err() != nil: // told to stop, which says nothing of the cluster
		return &failure{code: exitUnhealthy, err: fmt.Errorf("stopped before it was healthy: %w", last)}
	}
	return &failure{code: exitUnhealthy, err: fmt.Errorf("not healthy within %s: %w", c.wait, last)}
}

// everySecond shows a status until enough says so or ctx ends.
func (c *cli) everySecond(ctx context.Context, show func(context.Context, node) error, enough func(error) bool) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		c.clearScreen()
		err := c.withNode(ctx, show)
		if ctx.Err() != nil || enough(err) {
			return
		}
		if err != nil && !errors.Is(err, errQuiet) {
			c.note("%v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// clearScreen begins again at the top, where there is a screen.
func (c *cli) clearScreen() {
	f, ok := c.out.(interface{ Fd() uintptr })
	if ok && c.format == formatTable && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(c.out, "\x1b[H\x1b[2J")
	}
}

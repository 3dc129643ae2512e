package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) clockCommand() *cobra.Command {
	return group("clock", "Mend the cluster's time", c.clockResetCommand())
}

func (c *cli) clockResetCommand() *cobra.Command {
	var flags writeFlags
	var to string
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset --to TIME",
		Short: "Take the cluster's time back, after a wrong clock moved it ahead",
		Long: `Take the cluster's time back, after a wrong clock moved it ahead.

The time in the state never goes back by itself, so one node whose clock was far
ahead has stopped it until real time catches up. Mend that node's clock first.

Whatever was written meanwhile keeps the wrong times, and what is timed by them
may then last longer than it should. Without --yes it asks on a terminal, and
refuses elsewhere.`,
		Example: "  metalog clock reset --to 2026-11-25T20:00:00Z",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ms, err := parseTime(to)
			if err != nil {
				return usagef("--to: %w", err)
			}
			if !yes && !flags.validateOnly {
				if err := c.confirm(fmt.Sprintf("Take the time of the whole cluster at %s back to %s?", c.addr, clock(ms))); err != nil {
					return err
				}
			}
			o := &outcome{Kind: "clock", Name: clock(ms), Result: "reset"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.ResetClock(ctx, metadata.ClockSpec{ToMS: ms}, opts...)
				}, nil)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the right time, as 2026-11-25T20:00:00Z or in Unix milliseconds")
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	required(cmd, "to")
	flags.add(cmd)
	return cmd
}

// parseTime reads RFC 3339 or Unix milliseconds.
func parseTime(text string) (ms int64, err error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a time such as 2026-11-25T20:00:00Z nor Unix milliseconds", text)
	}
	return t.UnixMilli(), nil
}

// confirm asks a person. Where there is none it refuses.
func (c *cli) confirm(question string) error {
	file, ok := c.in.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return usagef("this is dangerous, and nobody is there to be asked: say --yes. See --help")
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); err == nil && (word == "y" || word == "yes") {
		return nil
	}
	return &failure{code: exitError, err: fmt.Errorf("not confirmed: nothing was changed")}
}

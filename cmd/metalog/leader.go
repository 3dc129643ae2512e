package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

func (c *cli) leaderCommand() *cobra.Command {
	return group("leader", "Hand leadership on", c.leaderTransferCommand())
}

// transferView is who leads after a transfer, as it is printed.
type transferView struct {
	Leader    string  `json:"leader"`
	ElapsedMS float64 `json:"elapsed_ms"`
}

func (c *cli) leaderTransferCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "transfer [NODE]",
		Short: "Have another member lead, as before the leader is stopped",
		Long: `Have another member lead, as before the leader is stopped. Without NODE the
backend chooses another voter. Writes wait meanwhile.

Exit code: 4 if NODE is no member, 5 if it can't lead, 8 if it isn't known who
leads in the end: see metalog member list.`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			var to string
			if len(given) > 0 {
				to = given[0]
			}
			return c.withNode(cmd.Context(), func(ctx context.Context, n node) error { return c.transfer(ctx, n, to) })
		},
	}
}

func (c *cli) transfer(ctx context.Context, n node, to string) error {
	begin := time.Now()
	leader, err := n.TransferLeadership(ctx, to)
	if err != nil {
		return c.changeFailed(ctx, n, err, sought{member: to})
	}
	view := transferView{Leader: leader, ElapsedMS: float64(time.Since(begin).Microseconds()) / 1000}
	return c.show(view, func() {
		if leader == "" {
			c.line("leadership handed on in %.1f ms · to whom, this node hasn't heard yet", view.ElapsedMS)
			return
		}
		c.line("%s leads · handed on in %.1f ms", view.Leader, view.ElapsedMS)
	})
}

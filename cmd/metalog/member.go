package main

import (
	"context"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

func (c *cli) memberCommand() *cobra.Command {
	return group("member", "List, add, promote and remove members of the cluster",
		c.memberListCommand(), c.memberAddCommand(), c.memberPromoteCommand(), c.memberRemoveCommand())
}

func (c *cli) memberListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show the members as a node knows them",
		Long: `Show the members as a node knows them. How far the others have stored, and when
they were last heard of, only the leader knows: ask that one (--addr).`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withNode(cmd.Context(), c.listMembers)
		},
	}
}

func (c *cli) listMembers(ctx context.Context, n node) error {
	s, err := n.Status(ctx)
	if err != nil {
		return err
	}
	views := viewStatus(s).Members
	if len(views) == 0 {
		c.note("the backend of node %s (%s) names no members", s.GetNode(), s.GetState())
	}
	return c.show(views, func() { c.showMembers(views) })
}

func (c *cli) showMembers(views []memberView) {
	rows := make([]table.Row, 0, len(views))
	for _, m := range views {
		rows = append(rows, table.Row{m.Node, m.Role, m.Leader, m.MatchIndex, m.LastContact, m.Address})
	}
	c.table(table.Row{"NODE", "ROLE", "LEADER", "STORED INDEX", "LAST CONTACT", "ADDRESS"}, rows)
}

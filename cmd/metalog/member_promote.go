package main

import (
	"context"

	"github.com/spf13/cobra"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

func (c *cli) memberPromoteCommand() *cobra.Command {
	return c.memberChangeCommand(&cobra.Command{
		Use:   "promote NODE",
		Short: "Give a learner a vote",
		Long: `Give a learner a vote. See first that it has caught up: metalog member list, on
the leader.

Exit code: 4 if it is no member, 5 if it is a voter already or the members aren't
the expected ones, 8 if it isn't known whether it was promoted.`,
	}, func(name string, expected []string) memberChange {
		return memberChange{
			node: name, result: "promoted", role: sdk.RoleVoter.String(), seeks: sought{name, expected},
			make: func(ctx context.Context, n node) error { return n.PromoteMember(ctx, name, expected) },
		}
	})
}

func (c *cli) memberRemoveCommand() *cobra.Command {
	return c.memberChangeCommand(&cobra.Command{
		Use:   "remove NODE",
		Short: "Take a member out of the cluster",
		Long: `Take a member out of the cluster, also the leader, and also one that is gone for
good. Stop its node afterwards; its directory is of no more use.

Exit code: 4 if it is no member, 5 if it is the last voter or the members aren't
the expected ones, 8 if it isn't known whether it was removed.`,
	}, func(name string, expected []string) memberChange {
		return memberChange{
			node: name, result: "removed", seeks: sought{name, expected},
			make: func(ctx context.Context, n node) error { return n.RemoveMember(ctx, name, expected) },
			next: func(*metalogv1.Status) {
				c.note("stop node %s if it runs. It can't come back with its directory: add it anew, "+
					"and metalog init --join makes another", name)
			},
		}
	})
}

// memberChangeCommand completes a command that changes one member.
func (c *cli) memberChangeCommand(cmd *cobra.Command, change func(name string, expected []string) memberChange) *cobra.Command {
	var expect []string
	cmd.Args = args(cobra.ExactArgs(1))
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		expected, err := expectedMembers(cmd, expect)
		if err != nil {
			return err
		}
		return c.changeMembers(cmd, change(given[0], expected))
	}
	expectFlag(cmd, &expect)
	return cmd
}

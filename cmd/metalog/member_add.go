package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

func (c *cli) memberAddCommand() *cobra.Command {
	var expect []string
	var learner bool
	cmd := &cobra.Command{
		Use:   "add NODE ADDRESS",
		Short: "Make a new node a member",
		Long: `Make a new node a member. ADDRESS is HOST:PORT where the other members reach it.
Only afterwards its directory is made, by the command that is printed to stderr,
and the node started.

A learner gets every entry and has no vote: until it has caught up and is
promoted, it can't hold up the others. A voter that isn't there yet counts at
once as one that is away, and is refused where too few are left.

Exit code: 5 if it is a member already, or the members aren't the expected ones;
8 if it isn't known whether it was added: see metalog member list.`,
		Example: `  metalog member add n4 10.0.0.4:7402 --learner --expect n1,n2,n3
  metalog member promote n4`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			peer := sdk.Peer{NodeID: given[0], Address: given[1]}
			if err := checkDialable(peer.NodeID, peer.Address); err != nil {
				return &failure{code: exitUsage, err: err}
			}
			expected, err := expectedMembers(cmd, expect)
			if err != nil {
				return err
			}
			return c.changeMembers(cmd, c.adding(peer, learner, expected))
		},
	}
	cmd.Flags().BoolVar(&learner, "learner", false, "without a vote, until it is promoted")
	expectFlag(cmd, &expect)
	return cmd
}

func (c *cli) adding(peer sdk.Peer, learner bool, expected []string) memberChange {
	role, add := sdk.RoleVoter, node.AddVoter
	if learner {
		role, add = sdk.RoleLearner, node.AddLearner
	}
	return memberChange{
		node: peer.NodeID, result: "added", role: role.String(), seeks: sought{expected: expected},
		make: func(ctx context.Context, n node) error { return add(n, ctx, peer, expected) },
		next: func(s *metalogv1.Status) {
			c.note("next, on the machine of %s: %s", peer.NodeID, joinCommand(s, peer))
			if learner {
				c.note("then start it, and once it has caught up: metalog member promote %s", peer.NodeID)
			}
		},
	}
}

// joinCommand makes the directory of a node that has just become a member.
func joinCommand(s *metalogv1.Status, added sdk.Peer) string {
	var peers []sdk.Peer
	for _, m := range s.GetMembers() {
		if m.GetNode() != added.NodeID {
			peers = append(peers, sdk.Peer{NodeID: m.GetNode(), Address: m.GetAddress()})
		}
	}
	return strings.Join([]string{
		"metalog init --join",
		"--backend", s.GetBackend(),
		"--node-id", added.NodeID,
		"--cluster-id", s.GetCluster(),
		"--address", added.Address,
		"--peers", peerList(peers),
	}, " ")
}

// expectFlag is what makes a change safe to repeat, and safe from other people's.
func expectFlag(cmd *cobra.Command, expect *[]string) {
	cmd.Flags().StringSliceVar(expect, "expect", nil, "refuse unless these are all the members, as n1,n2,n3")
}

// expectedMembers is nil if the flag isn't given.
func expectedMembers(cmd *cobra.Command, expect []string) ([]string, error) {
	if !cmd.Flags().Changed("expect") {
		return nil, nil
	}
	for _, name := range expect {
		if name == "" {
			return nil, usagef("--expect has an empty name in it: give all the members, as n1,n2,n3")
		}
	}
	if len(expect) == 0 {
		return nil, usagef("--expect is empty: give all the members, as n1,n2,n3")
	}
	return expect, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	metalogv1 "github.com/chronik-stream/metalog/api/metalog/v1"
	"github.com/chronik-stream/metalog/sdk"
)

func (c *cli) memberCommand() *cobra.Command {
	return group("member", "Show and change who belongs to the cluster",
		c.memberListCommand(), c.memberAddCommand(), c.memberPromoteCommand(), c.memberRemoveCommand())
}

// memberWait is --timeout's default for a change, which may wait for an election.
const memberWait = 30 * time.Second

func (c *cli) memberListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Show the members, as the node knows them", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
				s, err := n.Status(ctx)
				if err != nil {
					return err
				}
				views := []memberView{}
				for _, m := range s.GetMembers() {
					views = append(views, viewMember(m))
				}
				return c.show(views, func() { c.showMembers(views) })
			})
		},
	}
}

func (c *cli) showMembers(views []memberView) {
	rows := make([]table.Row, 0, len(views))
	for _, m := range views {
		rows = append(rows, table.Row{m.Node, m.Role, m.Leader, m.MatchIndex, m.LastContact, m.Address})
	}
	c.table(table.Row{"MEMBER", "ROLE", "LEADER", "STORED INDEX", "LAST CONTACT", "ADDRESS"}, rows)
}

// memberChange is a change of members as it is printed.
type memberChange struct {
	Node    string   `json:"node"`
	Change  string   `json:"change"`
	Voters  []string `json:"voters"`
	Members []string `json:"members"`
}

func (c *cli) memberAddCommand() *cobra.Command {
	var learner bool
	var expected []string
	cmd := &cobra.Command{
		Use:   "add NODE HOST:PORT",
		Short: "Add a member, before its node is started",
		Long: `Add a member, before its node is started. HOST:PORT is where the others will reach
its peer port. As a learner it gets every entry and has no vote: start it so, and
promote it when it has caught up.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			peer := sdk.Peer{NodeID: given[0], Address: given[1]}
			if err := checkDialable(peer.NodeID, peer.Address); err != nil {
				return &failure{code: exitUsage, err: err}
			}
			return c.changeMembers(cmd, peer.NodeID, "added", func(ctx context.Context, n node) error {
				if learner {
					return n.AddLearner(ctx, peer, expected)
				}
				return n.AddVoter(ctx, peer, expected)
			}, func(s *metalogv1.Status) { c.noteJoin(s, peer) })
		},
	}
	cmd.Flags().BoolVar(&learner, "learner", false, "without a vote")
	expectFlag(cmd, &expected)
	return cmd
}

// noteJoin says how the new member is started.
func (c *cli) noteJoin(s *metalogv1.Status, added sdk.Peer) {
	var peers []sdk.Peer
	for _, m := range s.GetMembers() {
		if m.GetNode() != added.NodeID {
			peers = append(peers, sdk.Peer{NodeID: m.GetNode(), Address: m.GetAddress()})
		}
	}
	c.note("on its machine: metalog init --join --backend %s --node-id %s --cluster-id %s --address %s --peers %s",
		s.GetBackend(), added.NodeID, s.GetCluster(), added.Address, peerList(peers))
}

func (c *cli) memberPromoteCommand() *cobra.Command {
	var expected []string
	cmd := &cobra.Command{
		Use: "promote NODE", Short: "Give a learner a vote", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.changeMembers(cmd, given[0], "promoted", func(ctx context.Context, n node) error {
				return n.PromoteMember(ctx, given[0], expected)
			}, nil)
		},
	}
	expectFlag(cmd, &expected)
	return cmd
}

func (c *cli) memberRemoveCommand() *cobra.Command {
	var expected []string
	cmd := &cobra.Command{
		Use:   "remove NODE",
		Short: "Take a member out",
		Long: `Take a member out, the leader too. Its data directory is of no use afterwards: to
have the node back, add it again and make it a new one with metalog init --join.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.changeMembers(cmd, given[0], "removed", func(ctx context.Context, n node) error {
				return n.RemoveMember(ctx, given[0], expected)
			}, nil)
		},
	}
	expectFlag(cmd, &expected)
	return cmd
}

func expectFlag(cmd *cobra.Command, expected *[]string) {
	cmd.Flags().StringSliceVar(expected, "expect", nil, "refuse unless these are the members now: n1,n2,n3")
}

// changeMembers makes a change and shows the members afterwards.
func (c *cli) changeMembers(cmd *cobra.Command, name, what string, change func(context.Context, node) error, next func(*metalogv1.Status)) error {
	if !cmd.Flags().Changed("timeout") {
		c.wait = memberWait
	}
	return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
		if err := change(ctx, n); err != nil {
			return lookAgain(err)
		}
		s, err := n.Status(ctx)
		if err != nil {
			return err
		}
		view := memberChange{Node: name, Change: what, Voters: []string{}, Members: []string{}}
		for _, m := range s.GetMembers() {
			view.Members = append(view.Members, m.GetNode())
			if m.GetRole() == sdk.RoleVoter.String() {
				view.Voters = append(view.Voters, m.GetNode())
			}
		}
		err = c.show(view, func() {
			c.line("member %s %s · %d voters of %d members", name, what, len(view.Voters), len(view.Members))
		})
		c.warnOfVoters(len(view.Voters))
		if next != nil {
			next(s)
		}
		return err
	})
}

// lookAgain gives a change whose outcome isn't known its exit code.
func lookAgain(err error) error {
	if errors.Is(err, sdk.ErrOutcomeUnknown) {
		return &failure{code: exitUnknown, err: err, next: "It may have been done: look with metalog member list, then decide"}
	}
	return err
}

func (c *cli) leaderCommand() *cobra.Command {
	return group("leader", "Say who leads", c.leaderTransferCommand())
}

// transferView is a transfer as it is printed.
type transferView struct {
	Leader string `json:"leader"`
	TookMS int64  `json:"took_ms"`
}

func (c *cli) leaderTransferCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "transfer [NODE]",
		Short: "Hand leadership to a member, or to whoever can take it",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			to := ""
			if len(given) > 0 {
				to = given[0]
			}
			return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
				began := time.Now()
				leader, err := n.TransferLeadership(ctx, to)
				if err != nil {
					return lookAgain(err)
				}
				view := transferView{Leader: leader, TookMS: time.Since(began).Milliseconds()}
				return c.show(view, func() { c.line("%s leads · handed on in %s", view.Leader, fmt.Sprintf("%d ms", view.TookMS)) })
			})
		},
	}
}

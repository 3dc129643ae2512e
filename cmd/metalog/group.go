package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) groupCommand() *cobra.Command {
	cmd := group("group", "Read, replace and delete consumer groups",
		c.groupListCommand(), c.groupGetCommand(), c.groupPutCommand(), c.groupDeleteCommand())
	cmd.Long = cmd.Short + `.

A group's members and generation are its coordinator's business; these commands
are the coordinator's, or for mending what it left. What a group has committed:
metalog offset --help.`
	return cmd
}

// groupView is a group as it is printed, and as group put reads it.
type groupView struct {
	ID               string            `json:"id"`
	State            string            `json:"state"`
	Generation       int32             `json:"generation"`
	ProtocolType     string            `json:"protocol_type"`
	Protocol         string            `json:"protocol"`
	Leader           string            `json:"leader"`
	Members          []groupMemberView `json:"members"`
	Since            string            `json:"since"` // it has been in this state
	CreatedRevision  uint64            `json:"created_revision"`
	ModifiedRevision uint64            `json:"modified_revision"`
	Stale            bool              `json:"stale,omitempty"`
}

type groupMemberView struct {
	ID         string   `json:"id"`
	Instance   string   `json:"instance,omitempty"`
	ClientID   string   `json:"client_id,omitempty"`
	ClientHost string   `json:"client_host,omitempty"`
	Topics     []string `json:"topics"`
	Metadata   []byte   `json:"metadata,omitempty"`
	Assignment []byte   `json:"assignment,omitempty"`
}

func viewGroup(g *metadata.Group, stale bool) groupView {
	view := groupView{
		ID: g.ID, State: g.State.String(), Generation: g.Generation, ProtocolType: g.ProtocolType, Protocol: g.ProtocolName,
		Leader: g.Leader, Members: []groupMemberView{}, Since: clock(g.StateMS),
		CreatedRevision: g.CreatedRevision, ModifiedRevision: g.ModifiedRevision, Stale: stale,
	}
	for _, m := range g.Members {
		view.Members = append(view.Members, groupMemberView{
			ID: m.ID, Instance: m.InstanceID, ClientID: m.ClientID, ClientHost: m.ClientHost,
			Topics: append([]string{}, m.Topics...), Metadata: m.Metadata, Assignment: m.Assignment,
		})
	}
	return view
}

func (c *cli) groupListCommand() *cobra.Command {
	return listCommand(c, "Show all groups, by id", node.Groups, c.showGroups)
}

func (c *cli) showGroups(_ context.Context, _ node, found metadata.Read[[]*metadata.Group]) error {
	views := make([]groupView, 0, len(found.Value))
	rows := make([]table.Row, 0, len(found.Value))
	for _, g := range found.Value {
		views = append(views, viewGroup(g, found.Stale))
		rows = append(rows, table.Row{g.ID, g.State, g.Generation, len(g.Members), g.ProtocolType, g.ModifiedRevision})
	}
	return c.show(views, func() {
		c.table(table.Row{"GROUP", "STATE", "GENERATION", "MEMBERS", "TYPE", "MODIFIED AT"}, rows)
		c.note("%d groups at revision %d", len(rows), found.Revision)
	})
}

func (c *cli) groupGetCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use: "get GROUP", Short: "Show one group and its members", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Group], error) {
					return n.Group(ctx, given[0], opts...)
				}, listGroupsNext,
				func(_ context.Context, _ node, found metadata.Read[*metadata.Group]) error {
					view := viewGroup(found.Value, found.Stale)
					return c.show(view, func() { c.showGroup(view) })
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showGroup(g groupView) {
	c.table(nil, []table.Row{
		{"group", g.ID},
		{"state", fmt.Sprintf("%s since %s", g.State, g.Since)},
		{"generation", g.Generation},
		{"protocol type", g.ProtocolType},
		{"protocol", g.Protocol},
		{"leader", g.Leader},
		{"created at", fmt.Sprintf("revision %d", g.CreatedRevision)},
		{"modified at", fmt.Sprintf("revision %d", g.ModifiedRevision)},
	})
	if len(g.Members) == 0 {
		return
	}
	c.line("")
	rows := make([]table.Row, 0, len(g.Members))
	for _, m := range g.Members {
		rows = append(rows, table.Row{
			m.ID, m.Instance, m.ClientID, m.ClientHost, strings.Join(m.Topics, ","), len(m.Metadata), len(m.Assignment),
		})
	}
	c.table(table.Row{"MEMBER", "INSTANCE", "CLIENT", "HOST", "TOPICS", "METADATA BYTES", "ASSIGNMENT BYTES"}, rows)
}

func (c *cli) groupDeleteCommand() *cobra.Command {
	var flags writeFlags
	cmd := &cobra.Command{
		Use: "delete GROUP", Short: "Delete an empty group and its offsets", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			o := &outcome{Kind: "group", Name: given[0], Result: "deleted"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.DeleteGroup(ctx, given[0], opts...)
				}, groupNext(given[0]))
		},
	}
	flags.add(cmd)
	return cmd
}

func listGroupsNext(err error) string {
	if errors.Is(err, metadata.ErrNotFound) {
		return "To see what there is: metalog group list"
	}
	return ""
}

// groupNext sends whoever meets a group in another state to look at it.
func groupNext(id string) func(error) string {
	return func(err error) string {
		if errors.Is(err, metadata.ErrConflict) || errors.Is(err, metadata.ErrFenced) {
			return "To see how it is: metalog group get " + id
		}
		return listGroupsNext(err)
	}
}

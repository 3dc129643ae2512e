package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) topicCommand() *cobra.Command {
	return group("topic", "Create, read, change and delete topics",
		c.topicCreateCommand(), c.topicGetCommand(), c.topicListCommand(),
		c.topicUpdateCommand(), c.topicDeleteCommand())
}

// topicView is a topic as it is printed.
type topicView struct {
	Name              string            `json:"name"`
	ID                string            `json:"id"`
	Partitions        int32             `json:"partitions"`
	ReplicationFactor int32             `json:"replication_factor"`
	Configs           map[string]string `json:"configs"`
	Created           string            `json:"created"`
	Updated           string            `json:"updated"`
	CreatedRevision   uint64            `json:"created_revision"`
	ModifiedRevision  uint64            `json:"modified_revision"`
	Stale             bool              `json:"stale,omitempty"`
}

func viewTopic(t *metadata.Topic, stale bool) topicView {
	return topicView{
		Name: t.Name, ID: t.ID.String(), Partitions: t.Partitions, ReplicationFactor: t.ReplicationFactor,
		Configs: viewConfigs(t.Configs), Created: clock(t.CreatedMS), Updated: clock(t.UpdatedMS),
		CreatedRevision: t.CreatedRevision, ModifiedRevision: t.ModifiedRevision, Stale: stale,
	}
}

func viewConfigs(configs metadata.Configs) map[string]string {
	view := make(map[string]string, len(configs))
	for _, config := range configs {
		view[config.Key] = config.Value
	}
	return view
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func (c *cli) topicGetCommand() *cobra.Command {
	var flags readFlags
	var id string
	cmd := &cobra.Command{
		Use: "get NAME", Short: "Show one topic", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			ref, err := topicRef(names, id)
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[*metadata.Topic], error) {
					if ref.Name == "" {
						return n.TopicByID(ctx, ref.ID, opts...)
					}
					return n.Topic(ctx, ref.Name, opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[*metadata.Topic]) error {
					view := viewTopic(found.Value, found.Stale)
					return c.show(view, func() { c.showTopic(view, found.Value.Configs) })
				})
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "name the topic by its id")
	flags.add(cmd)
	return cmd
}

func (c *cli) showTopic(t topicView, configs metadata.Configs) {
	rows := []table.Row{
		{"name", t.Name},
		{"id", t.ID},
		{"partitions", t.Partitions},
		{"replication factor", t.ReplicationFactor},
		{"created", fmt.Sprintf("%s (revision %d)", t.Created, t.CreatedRevision)},
		{"modified", fmt.Sprintf("%s (revision %d)", t.Updated, t.ModifiedRevision)},
	}
	for _, config := range configs {
		rows = append(rows, table.Row{config.Key, config.Value})
	}
	c.table(nil, rows)
}

func (c *cli) topicListCommand() *cobra.Command {
	return listCommand(c, "Show all topics, by name", node.Topics, c.showTopics)
}

func (c *cli) showTopics(_ context.Context, _ node, found metadata.Read[[]*metadata.Topic]) error {
	views := make([]topicView, 0, len(found.Value))
	rows := make([]table.Row, 0, len(found.Value))
	for _, t := range found.Value {
		views = append(views, viewTopic(t, found.Stale))
		rows = append(rows, table.Row{t.Name, t.Partitions, t.ReplicationFactor, len(t.Configs), t.CreatedRevision})
	}
	return c.show(views, func() {
		c.table(table.Row{"NAME", "PARTITIONS", "REPLICATION", "CONFIGS", "CREATED AT"}, rows)
		c.note("%d topics at revision %d", len(rows), found.Revision)
	})
}

func (c *cli) topicDeleteCommand() *cobra.Command {
	var flags writeFlags
	var id string
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a topic and everything that belongs to it",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			ref, err := topicRef(names, id)
			if err != nil {
				return err
			}
			o := &outcome{Kind: "topic", Name: ref.Name + id, Result: "deleted"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					return n.DeleteTopic(ctx, ref, opts...)
				}, listTopicsNext)
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "name the topic by its id")
	flags.add(cmd)
	return cmd
}

func topicRef(names []string, id string) (ref metadata.TopicRef, err error) {
	if (len(names) == 0) == (id == "") {
		return ref, usagef("name the topic by its name or by --id, one of them")
	}
	if id != "" {
		if ref.ID, err = metadata.ParseTopicID(id); err != nil {
			return ref, usagef("--id: %w", err)
		}
		return ref, nil
	}
	return metadata.TopicRef{Name: names[0]}, nil
}

func listTopicsNext(err error) string {
	if errors.Is(err, metadata.ErrNotFound) {
		return "To see what there is: metalog topic list"
	}
	return ""
}

package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

func (c *cli) offsetCommand() *cobra.Command {
	return group("offset", "Commit, fetch and delete the offsets of consumer groups",
		c.offsetCommitCommand(), c.offsetFetchCommand(), c.offsetDeleteCommand())
}

// offsetFlags are what goes with a commit of offsets, be it in a transaction.
type offsetFlags struct {
	generation  int32
	member      string
	instance    string
	metadata    string
	leaderEpoch int32
}

func (f *offsetFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Int32Var(&f.generation, "generation", metadata.NoGeneration, "the group's, when a member commits (default: no member does)")
	flags.StringVar(&f.member, "member", "", "the id of the member that commits")
	flags.StringVar(&f.instance, "instance", "", "its instance, if it is a static member")
	flags.StringVar(&f.metadata, "metadata", "", "a text to keep with each offset")
	flags.Int32Var(&f.leaderEpoch, "leader-epoch", -1, "of the last record that was read (default: unknown)")
}

// spec reads TOPIC/PARTITION=OFFSET... into a commit, and names its items.
func (f *offsetFlags) spec(groupID string, texts []string) (spec metadata.OffsetsSpec, words []string, err error) {
	spec = metadata.OffsetsSpec{Group: groupID, Generation: f.generation, MemberID: f.member, InstanceID: f.instance}
	for _, text := range texts {
		place, offset, err := parsePlaceOffset(text)
		if err != nil {
			return spec, nil, err
		}
		words = append(words, placeText(place.Topic, place.Partition))
		spec.Offsets = append(spec.Offsets, metadata.OffsetCommit{
			Topic: place.Topic, Partition: place.Partition, Offset: offset, LeaderEpoch: f.leaderEpoch, Metadata: f.metadata,
		})
	}
	return spec, words, nil
}

func (c *cli) offsetCommitCommand() *cobra.Command {
	var flags writeFlags
	var f offsetFlags
	cmd := &cobra.Command{
		Use:   "commit GROUP TOPIC/PARTITION=OFFSET...",
		Short: "Commit offsets for a group; they may go back",
		Long: `Commit offsets for a group; they may go back. Each is taken or refused by itself.

Without --generation and --member the group must be empty, or not be there: then
it is made. This is how to rewind a group whose members are stopped.

Exit code: 1 if an offset was refused, 5 if the group isn't as expected.`,
		Example: `  metalog offset commit billing orders/0=42 orders/1=17
  metalog offset commit billing orders/0=43 --generation 7 --member c1`,
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec, words, err := f.spec(given[0], given[1:])
			if err != nil {
				return err
			}
			o := &outcome{Kind: "offsets of group", Name: spec.Group, Result: "committed"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					done, err := n.CommitOffsets(ctx, spec, opts...)
					o.refused = newRefusedItems("offsets", words, done.Failed)
					return done.Written, err
				}, groupNext(spec.Group))
		},
	}
	f.add(cmd)
	flags.add(cmd)
	return cmd
}

// offsetView is a fetched offset as it is printed.
type offsetView struct {
	Topic       string `json:"topic"`
	Partition   int32  `json:"partition"`
	Offset      int64  `json:"offset"` // -1: none is committed
	LeaderEpoch int32  `json:"leader_epoch"`
	Metadata    string `json:"metadata"`
	Code        string `json:"code,omitempty"`
	Stale       bool   `json:"stale,omitempty"`
}

func (c *cli) offsetFetchCommand() *cobra.Command {
	var flags readFlags
	var stable bool
	cmd := &cobra.Command{
		Use:   "fetch GROUP [TOPIC/PARTITION...]",
		Short: "Show what a group has committed",
		Long: `Show what a group has committed: for all partitions that it has, or for those
that are named, where -1 is none. A group that isn't there has committed nothing.

Exit code: 5 if --require-stable refuses a partition, since an open transaction
may still change its offset.`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			places, err := parsePlaces(given[1:])
			if err != nil {
				return err
			}
			query := metadata.OffsetsQuery{Group: given[0], Partitions: places, RequireStable: stable}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[[]metadata.FetchedOffset], error) {
					return n.FetchOffsets(ctx, query, opts...)
				}, nil, c.showOffsets)
		},
	}
	cmd.Flags().BoolVar(&stable, "require-stable", false, "refuse what an open transaction may change")
	flags.add(cmd)
	return cmd
}

func (c *cli) showOffsets(_ context.Context, _ node, found metadata.Read[[]metadata.FetchedOffset]) error {
	views := make([]offsetView, 0, len(found.Value))
	rows := make([]table.Row, 0, len(found.Value))
	var failed []metadata.ItemError
	var words []string
	for i, o := range found.Value {
		view := offsetView{
			Topic: o.Topic, Partition: o.Partition, Offset: o.Offset, LeaderEpoch: o.LeaderEpoch, Metadata: o.Metadata, Stale: found.Stale,
		}
		if o.Code != metadata.CodeNone {
			view.Code = o.Code.String()
			failed = append(failed, metadata.ItemError{Index: int32(i), Code: o.Code})
		}
		words = append(words, placeText(o.Topic, o.Partition))
		views = append(views, view)
		rows = append(rows, table.Row{o.Topic, o.Partition, offsetText(o.Offset), o.LeaderEpoch, o.Metadata, view.Code})
	}
	err := c.show(views, func() {
		c.table(table.Row{"TOPIC", "PARTITION", "OFFSET", "LEADER EPOCH", "METADATA", "CODE"}, rows)
		c.note("%d offsets at revision %d", len(rows), found.Revision)
	})
	if err != nil {
		return err
	}
	return newRefusedItems("offsets", words, failed).err()
}

func offsetText(offset int64) string {
	if offset == metadata.NoOffset {
		return "none"
	}
	return fmt.Sprint(offset)
}

func (c *cli) offsetDeleteCommand() *cobra.Command {
	var flags writeFlags
	cmd := &cobra.Command{
		Use:   "delete GROUP TOPIC/PARTITION...",
		Short: "Forget what a group has committed for partitions",
		Long: `Forget what a group has committed for partitions. One that it has nothing for
counts as deleted; a topic that the group's members are subscribed to is refused.`,
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			places, err := parsePlaces(given[1:])
			if err != nil {
				return err
			}
			ref := metadata.OffsetsRef{Group: given[0], Partitions: places}
			o := &outcome{Kind: "offsets of group", Name: ref.Group, Result: "deleted"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					done, err := n.DeleteOffsets(ctx, ref, opts...)
					o.refused = newRefusedItems("offsets", placeWords(places), done.Failed)
					return done.Written, err
				}, groupNext(ref.Group))
		},
	}
	flags.add(cmd)
	return cmd
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chronik-stream/metalog/metadata"
)

// offsetsView is how far a partition reaches, as it is printed.
type offsetsView struct {
	Topic              string `json:"topic"`
	Partition          int32  `json:"partition"`
	HighWatermark      int64  `json:"high_watermark"`
	HighWatermarkKnown bool   `json:"high_watermark_known"`
	LogStartOffset     int64  `json:"log_start_offset"`
	Revision           uint64 `json:"revision"`
	Stale              bool   `json:"stale,omitempty"`
}

func (c *cli) partitionOffsetsCommand() *cobra.Command {
	var flags readFlags
	cmd := &cobra.Command{
		Use:   "offsets TOPIC PARTITION",
		Short: "Show a partition's high watermark and log start, as this node knows them",
		Long: `Show a partition's high watermark and log start, as this node knows them.

The high watermark is the node's own: what was set there, or if nothing was since
it started, what the last checkpoint and the segments say at least.`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			index, err := parseIndex(given[1])
			if err != nil {
				return err
			}
			return read(cmd.Context(), c, flags,
				func(ctx context.Context, n node, opts ...metadata.ReadOption) (metadata.Read[metadata.PartitionOffsets], error) {
					return n.PartitionOffsets(ctx, given[0], index, opts...)
				}, listTopicsNext,
				func(_ context.Context, _ node, found metadata.Read[metadata.PartitionOffsets]) error {
					return c.showPartitionOffsets(offsetsView{
						Topic: given[0], Partition: index, HighWatermark: found.Value.HighWatermark,
						HighWatermarkKnown: found.Value.Known, LogStartOffset: found.Value.LogStartOffset,
						Revision: found.Revision, Stale: found.Stale,
					})
				})
		},
	}
	flags.add(cmd)
	return cmd
}

func (c *cli) showPartitionOffsets(v offsetsView) error {
	mark := fmt.Sprint(v.HighWatermark)
	if !v.HighWatermarkKnown {
		mark = "unknown"
	}
	return c.show(v, func() {
		c.table(table.Row{"TOPIC", "PARTITION", "LOG START", "HIGH WATERMARK"},
			[]table.Row{{v.Topic, v.Partition, v.LogStartOffset, mark}})
	})
}

// markView is a high watermark that was set on one node, as it is printed.
type markView struct {
	Topic         string `json:"topic"`
	TopicID       string `json:"topic_id"`
	Partition     int32  `json:"partition"`
	LeaderEpoch   int32  `json:"leader_epoch"`
	HighWatermark int64  `json:"high_watermark"`
}

func (c *cli) partitionHighWatermarkCommand() *cobra.Command {
	var epoch int32
	cmd := &cobra.Command{
		Use:   "high-watermark TOPIC PARTITION OFFSET",
		Short: "Tell this node a partition's high watermark",
		Long: `Tell this node a partition's high watermark. It is remembered there and nowhere
else; the others learn it with the next checkpoint. Within a leader epoch it only
grows, and what an older epoch says changes nothing: partition offsets shows what
holds.`,
		Args: args(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			place, offset, err := parsePlaceOffset(given[0] + "/" + given[1] + "=" + given[2])
			if err != nil {
				return err
			}
			return c.withNode(cmd.Context(), func(ctx context.Context, n node) error {
				mark, err := observeMark(ctx, cmd, n, place, epoch)
				if err != nil {
					return c.explainNext(err, listTopicsNext)
				}
				mark.HighWatermark = offset
				if err := n.SetHighWatermark(ctx, mark); err != nil {
					return c.explainNext(err, listTopicsNext)
				}
				view := markView{
					Topic: place.Topic, TopicID: mark.Topic.String(), Partition: mark.Partition,
					LeaderEpoch: mark.LeaderEpoch, HighWatermark: offset,
				}
				return c.show(view, func() {
					c.line("high watermark of %s told: %d · leader epoch %d · on this node only",
						placeText(place.Topic, place.Partition), offset, mark.LeaderEpoch)
				})
			})
		},
	}
	leaderEpochFlag(cmd, &epoch)
	return cmd
}

func leaderEpochFlag(cmd *cobra.Command, epoch *int32) {
	cmd.Flags().Int32Var(epoch, "leader-epoch", 0, "under which it was reached (default: the present one)")
}

// observeMark looks up what identifies a partition and its leader epoch, unless
// the caller named that.
func observeMark(ctx context.Context, cmd *cobra.Command, n node, place metadata.TopicPartition, epoch int32) (metadata.Watermark, error) {
	found, err := n.Partition(ctx, place.Topic, place.Partition)
	if err != nil {
		return metadata.Watermark{}, err
	}
	mark := metadata.Watermark{Topic: found.Value.Topic, Partition: place.Partition, LeaderEpoch: found.Value.LeaderEpoch}
	if cmd.Flags().Changed("leader-epoch") {
		mark.LeaderEpoch = epoch
	}
	return mark, nil
}

func (c *cli) partitionCheckpointCommand() *cobra.Command {
	var flags writeFlags
	var epoch int32
	cmd := &cobra.Command{
		Use:   "checkpoint TOPIC/PARTITION=OFFSET...",
		Short: "Make high watermarks known to all nodes, for good",
		Long: `Make high watermarks known to all nodes, for good: what each of them, and every
later life of this one, will know at least. A node does it by itself for what it
was told (setting watermark_checkpoint), so this is for mending.`,
		Example: "  metalog partition checkpoint orders/0=42 orders/1=17",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			places, offsets, err := parseMarks(given)
			if err != nil {
				return err
			}
			if flags.requestID != "" && !cmd.Flags().Changed("leader-epoch") {
				return usagef("--request-id needs the --leader-epoch of the attempt it repeats")
			}
			var spec metadata.WatermarksSpec
			o := &outcome{Kind: "high watermarks of", Name: fmt.Sprintf("%d partitions", len(places)), Result: "checkpointed"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					if spec.Watermarks == nil {
						if spec.Watermarks, err = observeMarks(ctx, cmd, n, places, offsets, epoch); err != nil {
							return metadata.Written{}, err
						}
					}
					o.repeat = repeatMarks(spec.Watermarks)
					done, err := n.CheckpointWatermarks(ctx, spec, opts...)
					o.refused = newRefusedItems("high watermarks", placeWords(places), done.Failed)
					return done.Written, err
				}, listTopicsNext)
		},
	}
	leaderEpochFlag(cmd, &epoch)
	flags.add(cmd)
	return cmd
}

func parseMarks(texts []string) (places []metadata.TopicPartition, offsets []int64, err error) {
	for _, text := range texts {
		place, offset, err := parsePlaceOffset(text)
		if err != nil {
			return nil, nil, err
		}
		places, offsets = append(places, place), append(offsets, offset)
	}
	return places, offsets, nil
}

func observeMarks(
	ctx context.Context, cmd *cobra.Command, n node, places []metadata.TopicPartition, offsets []int64, epoch int32,
) (marks []metadata.Watermark, err error) {
	for i, place := range places {
		mark, err := observeMark(ctx, cmd, n, place, epoch)
		if err != nil {
			return nil, err
		}
		mark.HighWatermark = offsets[i]
		marks = append(marks, mark)
	}
	return marks, nil
}

// repeatMarks is the flag that a repetition needs, if one can say it.
func repeatMarks(marks []metadata.Watermark) string {
	for _, m := range marks {
		if m.LeaderEpoch != marks[0].LeaderEpoch {
			return ""
		}
	}
	return fmt.Sprintf(" --leader-epoch %d", marks[0].LeaderEpoch)
}

// logStartView is where a partition's log starts, as it is printed.
type logStartView struct {
	LogStartOffset int64 `json:"log_start_offset"`
}

func (v logStartView) lines() []string {
	return []string{fmt.Sprintf("log start %d", v.LogStartOffset)}
}

// toHighWatermark is how partition log-start calls the high watermark.
const toHighWatermark = "high-watermark"

func (c *cli) partitionLogStartCommand() *cobra.Command {
	var flags writeFlags
	cmd := &cobra.Command{
		Use:   "log-start TOPIC PARTITION OFFSET|" + toHighWatermark,
		Short: "Advance where a partition's log starts: records before it are deleted for good",
		Long: `Advance where a partition's log starts: records before it are deleted for good.
An offset behind the present start changes nothing; one above the high watermark,
as the node that is asked knows it, is refused.`,
		Example: `  metalog partition log-start orders 0 1000
  metalog partition log-start orders 0 high-watermark`,
		Args: args(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, given []string) error {
			spec, err := logStartSpec(given)
			if err != nil {
				return err
			}
			o := &outcome{Kind: "log start of", Name: placeText(spec.Topic, spec.Partition), Result: "advanced"}
			return c.write(cmd.Context(), flags, o,
				func(ctx context.Context, n node, opts ...metadata.WriteOption) (metadata.Written, error) {
					start, err := n.AdvanceLogStart(ctx, spec, opts...)
					o.Answer = logStartView{LogStartOffset: start.Offset}
					return start.Written, err
				}, logStartNext)
		},
	}
	flags.add(cmd)
	return cmd
}

// logStartNext says in the command's word what an API would call -1.
func logStartNext(err error) string {
	if refusal, ok := errors.AsType[*metadata.Error](err); ok && refusal.Code == metadata.CodeOffsetOutOfRange {
		return "For the high watermark itself give the word " + toHighWatermark
	}
	return listTopicsNext(err)
}

func logStartSpec(given []string) (spec metadata.LogStartSpec, err error) {
	spec.Topic, spec.Offset = given[0], -1
	if spec.Partition, err = parseIndex(given[1]); err != nil {
		return spec, err
	}
	if given[2] == toHighWatermark {
		return spec, nil
	}
	spec.Offset, err = strconv.ParseInt(given[2], 10, 64)
	if err != nil || spec.Offset < 0 {
		return spec, usagef("%q is neither an offset nor %s", given[2], toHighWatermark)
	}
	return spec, nil
}
